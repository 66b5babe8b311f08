"""Programs that attack their compiler, and what it runs on (reliability.md 6: 45)."""

import pytest
from cloche_schemas.commands import SourceFile
from support.hostile import Attack, Story, attacks, entry, limits
from support.lab import Trial

QUIET = limits(wall_seconds=20, cpu_seconds=20)
DOES_NOT_COMPILE = Attack(outcome="compile_failed", limits=QUIET, language="c")


def _within_its_own_limits(story: Story) -> None:
    """The compiler's, not the program's: and what it says is its own stream."""
    compilation = story.end.compilation
    assert compilation is not None
    assert compilation.usage is not None
    assert story.stdout == story.stderr == b""


def _for_memory(story: Story) -> None:
    _within_its_own_limits(story)
    assert "memory_bytes" in story.end.reached, story.end


def _tells_nothing(story: Story) -> None:
    _within_its_own_limits(story)
    assert b"root:" not in story.stream("compiler")


def _nothing_ran(story: Story) -> None:
    for stream in ("stdout", "stderr", "compiler"):
        assert b"ran at compile time" not in story.stream(stream), story.end


def _no_environment_of_ours(story: Story) -> None:
    names = {line.partition("=")[0] for line in story.lines if line}
    assert "PATH" in names
    assert names <= {
        "PATH",
        "HOME",
        "TMPDIR",
        "LANG",
        "CLOCHE_OUTPUT",
        "PWD",
        "OLDPWD",
        "SHLVL",
        "_",
    }


def _ran_as_nobody(story: Story) -> None:
    assert story.stdout.startswith(b"65534 -1\n")


@attacks(
    DOES_NOT_COMPILE.but(
        name="includes a file without end",
        entries=(45,),
        program='#include "/dev/zero"\n',
        check=_for_memory,
        neighbour=True,
    ),
    DOES_NOT_COMPILE.but(
        name="includes the host's secrets",
        entries=(45,),
        program='#include "/etc/shadow"\n#include "/etc/passwd"\n#include "/proc/1/environ"\nint main(void) { return 0; }\n',
        check=_tells_nothing,
    ),
    DOES_NOT_COMPILE.but(
        name="instantiates templates without end",
        entries=(45,),
        language="c++",
        program="""
            template <int N> struct A { typedef typename A<N + 1>::type type; };
            A<0>::type x;
            int main() {}
        """,
        check=_within_its_own_limits,
    ),
    DOES_NOT_COMPILE.but(
        name="instantiates more templates than memory holds",
        entries=(45,),
        language="c++",
        program="""
            #include <utility>
            template <int... I> int count(std::integer_sequence<int, I...>) { return sizeof...(I); }
            int main() { return count(std::make_integer_sequence<int, 100000000>{}) == 0; }
        """,
        check=_for_memory,
        neighbour=True,
    ),
    DOES_NOT_COMPILE.but(
        name="computes constants without end",
        entries=(45,),
        language="c++",
        program="""
            constexpr unsigned long f(unsigned long n) { unsigned long s = 0; for (unsigned long i = 0; ; i++) s += i ^ n; return s; }
            static_assert(f(1) == 0);
            int main() {}
        """,
        check=_within_its_own_limits,
    ),
    DOES_NOT_COMPILE.but(
        name="expands macros without end",
        entries=(45,),
        program="""
            #define A(x) x x x x x x x x x x
            #define B(x) A(A(A(A(x))))
            int main(void) { B(B(B(;))) }
        """,
        check=_for_memory,
    ),
    DOES_NOT_COMPILE.but(
        name="asks for a program of a terabyte",
        entries=(45,),
        program="char huge[1L << 40] = {1};\nint main(void) { return huge[5]; }\n",
        check=_within_its_own_limits,
    ),
    DOES_NOT_COMPILE.but(
        name="floods the compiler's words",
        entries=(45,),
        program="".join(f"int x{n} = undeclared_{n}_{'y' * 200};\n" for n in range(2000))
        + "int main(void) {}\n",
        check=_within_its_own_limits,
    ),
    Attack(
        # Read while compiling, told when running.
        name="takes the compiler's environment along",
        entries=(45,),
        language="rust",
        program="""
            fn main() {
                print!("{}", include_str!("/proc/self/environ").replace('\\0', "\\n"));
            }
        """,
        limits=QUIET,
        check=_no_environment_of_ours,
    ),
    Attack(
        name="names a file like a list of options",
        entries=(45,),
        language="c",
        program="int main(void) { return 0; }\n",
        files=(
            # Quoted as it stands it does not look like what it would say.
            SourceFile(
                name="@options.c", content="-wrapper sh,-c,'echo ran at compile ti\"\"me'\n"
            ),
            SourceFile(name="-wrapper.c", content="int a;\n"),
            SourceFile(name="-fplugin=.", content="int b;\n"),
        ),
        outcome=("succeeded", "compile_failed"),
        limits=QUIET,
        check=_nothing_ran,
    ),
    Attack(
        name="brings an annotation processor",
        entries=(45,),
        language="java",
        program="public class Main { public static void main(String[] a) { } }\n",
        files=(
            SourceFile(
                name="Evil.java",
                content="""
import java.util.*; import javax.annotation.processing.*; import javax.lang.model.element.*;
@SupportedAnnotationTypes("*")
public class Evil extends AbstractProcessor {
  static { System.err.println("ran at compile time"); }
  public boolean process(Set<? extends TypeElement> a, RoundEnvironment e) { return false; }
}
""",
            ),
            SourceFile(
                name="META-INF/services/javax.annotation.processing.Processor", content="Evil\n"
            ),
        ),
        limits=limits(wall_seconds=30, cpu_seconds=30),
        check=_nothing_ran,
    ),
    Attack(
        # What a compiler leaves is as untrusted as its input.
        name="compiles to a program that attacks",
        entries=(45,),
        language="c",
        program=r"""
            #include <stdio.h>
            #include <sys/stat.h>
            #include <unistd.h>
            int main(void) {
                struct stat own;
                chmod("/tmp/build/program", 06755);
                stat("/tmp/build/program", &own);
                printf("%d %d\n", geteuid(), access("/tmp/build/other", F_OK));
                while (fork() >= 0) ;
                return 7;
            }
        """,
        outcome=("failed", "timed_out"),
        limits=limits(wall_seconds=3),
        check=_ran_as_nobody,
    ),
)
async def test_compilers(trial: Trial, attack: Attack) -> None:
    await trial.withstand(attack)


@entry(45)
@pytest.mark.full
async def test_a_compiler_that_never_ends_is_ended(trial: Trial) -> None:
    """Includes itself twice, two hundred levels deep: the compiler's own minute has to pass."""
    source = '#include "main.c"\n#include "main.c"\n'
    await trial.withstand(
        DOES_NOT_COMPILE.but(
            name="includes itself", program=source, check=_within_its_own_limits, patience=150
        )
    )
