"""The first program: it prints a line now and then, so that you can watch it live."""

import platform
import time

print(f"Hello from inside Cloche: Python {platform.python_version()}", flush=True)
for second in range(1, 4):
    time.sleep(0.4)
    print(f"tick {second}", flush=True)
print("Nothing here can get out; everything here was recorded.", flush=True)
