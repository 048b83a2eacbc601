"""What one writes first with Starlette: a queue for each listener, a generator that reads it, an endpoint that fills
all of them. Served by uvicorn on uvloop.
"""

import asyncio
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

listeners = set()


async def live(request):  # noqa: ARG001 - Starlette's own signature
    queue = asyncio.Queue(100)
    listeners.add(queue)

    async def events():
        try:
            yield b"event: state\ndata: {}\n\n"
            while True:
                yield await queue.get()
        finally:
            listeners.discard(queue)

    return StreamingResponse(events(), media_type="text/event-stream")


async def publish(request):
    data = await request.body()
    for queue in listeners:
        queue.put_nowait(data)
    return PlainTextResponse(str(len(listeners)))


if __name__ == "__main__":
    app = Starlette(routes=[Route("/live", live), Route("/publish", publish, methods=["POST"])])
    uvicorn.run(
        app, port=int(sys.argv[1]), loop="uvloop", http="httptools", log_level="error", backlog=4096, access_log=False
    )
