"""The same work for Restate, run by its worker processes in an environment of their own."""

from __future__ import annotations

import restate

PAYLOAD = "x" * 200
CHAIN_STEPS = 5

work = restate.Service("work")
waits = restate.Workflow("waits")


async def noop(value: str) -> str:
    """Hands its input on."""
    return value


@work.handler()
async def chain(context: restate.Context, _asked: dict) -> str:
    """Steps in a row, each given the output of the last."""
    value = PAYLOAD
    for number in range(CHAIN_STEPS):
        value = await context.run_typed(f"step_{number}", noop, value=value)
    return value


@work.handler()
async def parallel(context: restate.Context, asked: dict) -> str:
    """Steps side by side, then one that is given the outputs of all."""
    parts = [context.run_typed(f"part_{number}", noop, value=PAYLOAD) for number in range(asked["tasks"])]
    values = [await done for done in await restate.gather(*parts)]
    return await context.run_typed("join", noop, value=values[0])


@waits.main()
async def run(context: restate.WorkflowContext, _asked: dict) -> str:
    """Waits until it is decided."""
    return await context.promise("decision").value()


@waits.handler()
async def decide(context: restate.WorkflowSharedContext, _asked: dict) -> None:
    """Decides."""
    await context.promise("decision").resolve("accepted")


app = restate.app(services=[work, waits])
