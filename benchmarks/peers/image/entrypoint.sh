#!/bin/bash
# What tako-vm expects of its executor image: it tells the phases with their times in a file and runs the code as an
# unprivileged user under a time limit. Written for this benchmark, with fewer processes than the original has, and perl
# in place of gosu (both take about 2 ms), which no package of the image brings.
phases=/output/.tako_phase
[ -w /tako-meta ] && phases=/tako-meta/.tako_phase
look_at_the_clock() { now=$((${EPOCHREALTIME/./} / 1000)); }
look_at_the_clock; begun=$now
printf '%s\n' phase=startup dep_install_started=false dep_install_ms=0 startup_ms=0 phase=execution >"$phases"
timeout --signal=TERM --kill-after=10s "${TAKO_EXECUTION_TIMEOUT:-30}s" \
  perl -e '($(, $)) = (1000, "1000 1000"); ($<, $>) = (1000, 1000); exec @ARGV' python -u /code/main.py
status=$?
look_at_the_clock; took=$((now - begun))
[ "$status" -eq 0 ] && phase=completed || phase=failed
printf '%s\n' "execution_ms=$took" "execution_exit_code=$status" "phase=$phase" "total_ms=$took" >>"$phases"
exit "$status"
