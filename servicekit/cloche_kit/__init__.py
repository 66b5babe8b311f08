"""What every Cloche service stands on: settings, event bus, consume loop, objects, telemetry, run."""
