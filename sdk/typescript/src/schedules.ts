// `client.schedules`: evaluations that are submitted again and again.

import type { Http } from "./http.ts";
import type { CallOptions } from "./routes.ts";
import type { Accepted, CreateSchedule, ScheduleList, ScheduleView } from "./types.ts";

export class Schedules {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Submit an evaluation again and again. `Invalid` if no times follow from it. */
  create(wish: CreateSchedule, options: CallOptions = {}): Promise<ScheduleView> {
    return this.#http.ask("post", "/v1/schedules", { ...options, body: wish });
  }

  /** Every schedule, oldest first, without the text of their programs. */
  list(options: CallOptions = {}): Promise<ScheduleList> {
    return this.#http.ask("get", "/v1/schedules", options);
  }

  /** When it is due next, and what it submitted last. */
  get(id: string, options: CallOptions = {}): Promise<ScheduleView> {
    return this.#http.ask("get", "/v1/schedules/{id}", { ...options, path: { id } });
  }

  /** Submit nothing more; the schedule as it was. Its evaluations go their own way. */
  delete(id: string, options: CallOptions = {}): Promise<ScheduleView> {
    return this.#http.ask("delete", "/v1/schedules/{id}", { ...options, path: { id } });
  }

  /** Submit nothing until it is resumed. */
  pause(id: string, options: CallOptions = {}): Promise<ScheduleView> {
    return this.#http.ask("post", "/v1/schedules/{id}/pause", { ...options, path: { id }, repeatable: true });
  }

  /** Go on from now; what was due while it was paused is not made up for. */
  resume(id: string, options: CallOptions = {}): Promise<ScheduleView> {
    return this.#http.ask("post", "/v1/schedules/{id}/resume", { ...options, path: { id }, repeatable: true });
  }

  /** Submit its evaluation now, once more than it is due. */
  trigger(id: string, options: CallOptions = {}): Promise<Accepted> {
    return this.#http.ask("post", "/v1/schedules/{id}/trigger", { ...options, path: { id } });
  }
}
