"""Every language of the registry on every engine: what it reads and is told, how it ends, how it fails to compile."""

import asyncio
from collections.abc import Iterator

import pytest
from cloche_executor.engines import choose
from cloche_executor.engines.choose import Wanted
from cloche_executor.sandbox import Engine, SandboxError
from cloche_kit.memory import MemoryBus
from cloche_schemas.commands import Case, EvaluationSpec
from cloche_schemas.events import EvaluationCompleted
from cloche_schemas.languages import LANGUAGES, detect
from support.evaluations import Client
from support.working import working

# Each prints its first argument and its first line of input, and exits with 7.
PROGRAMS = {
    "python": "import sys\nprint(sys.argv[1], input())\nsys.exit(7)",
    "javascript": (
        "const line = require('fs').readFileSync(0, 'utf8').trim();\n"
        "console.log(process.argv[2], line);\nprocess.exit(7);"
    ),
    "typescript": (
        "import { readFileSync } from 'fs';\n"
        "const line: string = readFileSync(0, 'utf8').trim();\n"
        "console.log(process.argv[2], line);\nprocess.exit(7);"
    ),
    "bash": 'read -r line\necho "$1 $line"\nexit 7',
    "c": (
        "#include <stdio.h>\nint main(int n, char **v) {\n"
        '  char b[99];\n  if (!fgets(b, 99, stdin)) return 1;\n  printf("%s %s", v[1], b);\n  return 7;\n}'
    ),
    "c++": (
        "#include <iostream>\n#include <string>\nint main(int n, char **v) {\n"
        '  std::string s;\n  std::getline(std::cin, s);\n  std::cout << v[1] << " " << s << std::endl;\n  return 7;\n}'
    ),
    "go": (
        'package main\n\nimport (\n\t"bufio"\n\t"fmt"\n\t"os"\n)\n\nfunc main() {\n'
        '\ts, _ := bufio.NewReader(os.Stdin).ReadString(10)\n\tfmt.Print(os.Args[1], " ", s)\n\tos.Exit(7)\n}'
    ),
    "rust": (
        "use std::io;\nfn main() {\n    let mut s = String::new();\n    io::stdin().read_line(&mut s).unwrap();\n"
        '    print!("{} {}", std::env::args().nth(1).unwrap(), s);\n    std::process::exit(7);\n}'
    ),
    "java": (
        "import java.util.Scanner;\npublic class Told {\n  public static void main(String[] args) {\n"
        '    System.out.println(args[0] + " " + new Scanner(System.in).nextLine());\n    System.exit(7);\n  }\n}'
    ),
    "ruby": 'puts "#{ARGV[0]} #{STDIN.gets}"\nexit 7',
}
COMPILED = [name for name, entry in LANGUAGES.items() if entry.compiled]
SECONDS = 90.0


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("docker", marks=pytest.mark.docker),
        pytest.param("gvisor", marks=pytest.mark.gvisor),
        "bubblewrap",
    ],
)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    wanted = Wanted(installation="languages")
    try:
        made: Engine = asyncio.run(getattr(choose, f"open_{request.param}")(wanted))
    except SandboxError as error:
        pytest.skip(f"{request.param} does not work here: {error}")
    yield made
    asyncio.run(made.close())


async def outcome(
    engine: Engine, spec: EvaluationSpec
) -> tuple[EvaluationCompleted, Client, bytes]:
    """How it ends, and its stdout."""
    try:
        await engine.image(LANGUAGES[spec.language].image)
    except SandboxError as error:
        pytest.skip(f"an image is not here: {error}")
    bus = MemoryBus()
    client = Client(bus)
    async with working(bus, engine, slots=1):
        address = await client.submit(spec=spec)
        end = await client.completed(address, within=SECONDS)
        return end, client, await client.output(address)


def test_every_language_of_the_registry_has_a_program_here_and_is_recognised_by_it() -> None:
    assert set(PROGRAMS) == set(LANGUAGES)
    assert {name: detect(None, source) for name, source in PROGRAMS.items()} == {
        name: name for name in LANGUAGES
    }


@pytest.mark.timeout(200)
@pytest.mark.parametrize("language", PROGRAMS)
async def test_a_program_gets_its_argument_and_input_and_its_exit_code_is_kept(
    engine: Engine, language: str
) -> None:
    spec = EvaluationSpec(
        code=PROGRAMS[language], language=language, argv=("it's",), stdin="a line\n"
    )
    end, _, said = await outcome(engine, spec)
    assert (end.outcome, end.exit_code, said) == ("failed", 7, b"it's a line\n"), end
    assert (end.compilation is not None) == (language in COMPILED)


@pytest.mark.timeout(200)
@pytest.mark.parametrize("language", COMPILED)
async def test_what_does_not_compile_is_told_in_the_compiler_s_words(
    engine: Engine, language: str
) -> None:
    end, _, said = await outcome(
        engine,
        EvaluationSpec(
            code="this is no program;\n", language=language, name=LANGUAGES[language].file
        ),
    )
    assert (end.outcome, end.domain, said) == ("compile_failed", "program", b""), end
    assert end.compiler.total_bytes > 0
    assert end.exit_code not in {0, None}


@pytest.mark.timeout(200)
async def test_cases_of_a_compiled_program_run_without_compiling_again(engine: Engine) -> None:
    cases = (
        Case(argv=("a",), stdin="1\n", expected_stdout="a 1"),
        Case(argv=("b",), stdin="2\n", expected_stdout="b 3"),
    )
    spec = EvaluationSpec(
        code=PROGRAMS["c"].replace("return 7", "return 0"), language="c", cases=cases
    )
    end, _, said = await outcome(engine, spec)
    assert end.cases is not None
    assert (end.cases.passed, end.cases.failed, said) == (1, 1, b"a 1\nb 2\n"), end
