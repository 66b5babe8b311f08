import { Button } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { useEffect, useRef, useState } from "react";

interface EndNoticeProps {
  readonly over: boolean;
  /** What is said at the end: the evaluation, and how it ended. */
  readonly title: string;
  readonly body: string;
}

/** For who wants it, a notification of the system when the evaluation ends while one looks at something else. */
export function EndNotice({ over, title, body }: EndNoticeProps) {
  const [wanted, want] = useLocalStorage({ key: "cloche.notify", defaultValue: false });
  const [denied, setDenied] = useState(false);
  const was = useRef(over);
  const known = "Notification" in window;
  useEffect(() => {
    const ended = over && !was.current;
    was.current = over;
    if (!ended || !wanted || !known || Notification.permission !== "granted" || document.hasFocus()) return;
    const notice = new Notification(title, { body, tag: window.location.pathname });
    notice.onclick = () => {
      window.focus();
      notice.close();
    };
  }, [over, wanted, known, title, body]);
  if (over || !known) return null;
  const on = wanted && Notification.permission === "granted";
  const toggle = async () => {
    if (on) {
      want(false);
      return;
    }
    const granted = (await Notification.requestPermission()) === "granted";
    setDenied(!granted);
    want(granted);
  };
  return (
    <Button variant={on ? "light" : "default"} aria-pressed={on} onClick={() => void toggle()}>
      {denied ? "The browser allows no notifications" : on ? "You will be notified" : "Notify me"}
    </Button>
  );
}
