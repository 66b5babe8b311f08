"""Compiling a program once, in a sandbox of its own with limits of its own; what it makes goes on to those that run."""

from cloche_schemas.events import EvaluationCompleted
from cloche_schemas.values import CompileResult
from msgspec import Struct
from msgspec.structs import replace

from cloche_executor.chunks import OutputWriter
from cloche_executor.collecting import Products
from cloche_executor.jobs import Jobs
from cloche_executor.programs import Compilation
from cloche_executor.running import Runner
from cloche_executor.sandbox import Collect, File, Stream
from cloche_executor.verdicts import completed, judge

# They are held in memory, and sent into every sandbox that runs the program.
MOST_PRODUCT_BYTES = 64 << 20


class Compiled(Struct, frozen=True):
    """What the compiler made."""

    products: tuple[File, ...]
    result: CompileResult


async def compile_program(
    compilation: Compilation, runner: Runner, jobs: Jobs, writer: OutputWriter
) -> Compiled | EvaluationCompleted:
    """Compile it, what the compiler says recorded. Else how the attempt ends: it does not compile, or was cancelled."""
    products = Products(MOST_PRODUCT_BYTES)

    async def sink(stream: Stream, data: bytes) -> None:
        if stream == "collected":
            await products.take(data)
        else:
            await writer.write("compiler", data)

    job = jobs.job(
        compilation.command,
        files=compilation.files,
        limits=compilation.limits,
        collect=Collect(folder="build", most_bytes=MOST_PRODUCT_BYTES + (1 << 20)),
    )
    ran = await runner.run(job, sink)
    verdict = judge(ran, compilation.limits)
    result = CompileResult(
        exit_code=verdict.exit_code, signal=verdict.signal, detail=verdict.detail, usage=ran.usage
    )
    if verdict.outcome == "succeeded" and products.files():
        return Compiled(products.files(), result)
    if verdict.outcome == "cancelled":
        return completed(verdict, compilation=result)
    detail = f"compiling: {verdict.detail}" if verdict.detail else ""
    domain = verdict.domain
    if verdict.outcome == "succeeded":
        detail, domain = products.flaw or "the compiler made nothing", "program"
    failed = replace(verdict, outcome="compile_failed", detail=detail, domain=domain)
    return completed(failed, compilation=result, usage=ran.usage)
