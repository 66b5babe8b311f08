// Programs to begin with: each shows one thing.

import { EMPTY, type Draft } from "./draft";

export interface Template {
  readonly name: string;
  readonly about: string;
  readonly draft: Draft;
}

export const TEMPLATES: readonly Template[] = [
  {
    name: "Hello",
    about: "one line of Python",
    draft: { ...EMPTY, language: "python", name: "hello.py", code: 'print("Hello from a sealed sandbox")\n' },
  },
  {
    name: "Slow and colourful",
    about: "output that comes while it runs",
    draft: {
      ...EMPTY,
      language: "python",
      name: "progress.py",
      code: `import sys
import time

for step in range(1, 101):
    print(f"\\r\\033[1;34mworking\\033[0m {step:3d} % {'█' * (step // 4)}", end="", flush=True)
    if step % 25 == 0:
        print(f"\\n\\033[32m✓\\033[0m part {step // 25} of 4", flush=True)
        print(f"that took {step * 0.05:.1f} s so far", file=sys.stderr, flush=True)
    time.sleep(0.05)
`,
    },
  },
  {
    name: "Reads its input",
    about: "stdin and arguments",
    draft: {
      ...EMPTY,
      language: "python",
      name: "total.py",
      code: 'import sys\n\nnumbers = [float(line) for line in sys.stdin]\nprint(sys.argv[1], sum(numbers))\n',
      argv: "The total is",
      stdin: "1\n2\n39\n",
    },
  },
  {
    name: "Leaves a file",
    about: "artifacts",
    draft: {
      ...EMPTY,
      language: "python",
      name: "squares.py",
      code: `import os
from pathlib import Path

out = Path(os.environ["CLOCHE_OUTPUT"])
(out / "squares.csv").write_text("\\n".join(f"{n},{n * n}" for n in range(100)))
print("see Files")
`,
    },
  },
  {
    name: "Runs out of memory",
    about: "a limit that ends it",
    draft: {
      ...EMPTY,
      language: "python",
      name: "hungry.py",
      code: 'hoard = []\nwhile True:\n    hoard.append(bytearray(8 << 20))\n    print(f"{len(hoard) * 8} MiB", flush=True)\n',
      limits: { memory_bytes: "64 MiB", wall_seconds: "10" },
    },
  },
  {
    name: "Compiled",
    about: "C, in two files",
    draft: {
      ...EMPTY,
      language: "c",
      name: "main.c",
      code: '#include <stdio.h>\n#include "answer.h"\n\nint main(void) {\n    printf("%d\\n", answer());\n    return 0;\n}\n',
      files: [{ name: "answer.h", content: "static int answer(void) { return 6 * 7; }\n", size: 41 }],
    },
  },
  {
    name: "A grid",
    about: "one program, six times with other values",
    draft: {
      ...EMPTY,
      language: "python",
      name: "grid.py",
      code: 'import os\nimport random\n\nrandom.seed(os.environ["SEED"])\nprint(os.environ["MODE"], random.random())\n',
      many: "grid",
      parameters: [{ name: "SEED", value: "1\n2\n3" }, { name: "MODE", value: "fast\nslow" }],
    },
  },
];
