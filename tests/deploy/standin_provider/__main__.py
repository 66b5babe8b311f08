"""``python -m deploy.standin_provider SCHEMAS.json``: the plugin that Terraform starts."""

import base64
import json
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from deploy.standin_provider.protocol import message
from deploy.standin_provider.provider import Provider
from tf.gen import grpc_controller_pb2, grpc_stdio_pb2
from tf.runner import _self_signed_cert

#: What Terraform calls, each named like its pair of messages.
RPCS = {
    "GetProviderSchema": "schema",
    "ValidateProviderConfig": "nothing_to_say",
    "ValidateResourceConfig": "nothing_to_say",
    "ValidateDataResourceConfig": "nothing_to_say",
    "ValidateEphemeralResourceConfig": "nothing_to_say",
    "ConfigureProvider": "nothing_to_say",
    "CloseEphemeralResource": "nothing_to_say",
    "StopProvider": "nothing_to_say",
    "UpgradeResourceState": "upgrade",
    "ReadResource": "read_resource",
    "PlanResourceChange": "plan",
    "ApplyResourceChange": "apply",
    "ReadDataSource": "read_data",
    "OpenEphemeralResource": "open_ephemeral",
}


def _handlers(provider: Provider) -> Any:
    def one(name: str, method: str) -> Any:
        answer = message(f"{name}.Response")

        def call(request: Any, _context: Any) -> Any:
            return getattr(provider, method)(request, answer)

        return grpc.unary_unary_rpc_method_handler(
            call,
            request_deserializer=message(f"{name}.Request").FromString,
            response_serializer=answer.SerializeToString,
        )

    methods = {name: one(name, method) for name, method in RPCS.items()}
    return grpc.method_handlers_generic_handler("tfplugin6.Provider", methods)


def _shutdown(_request: Any, _context: Any) -> Any:
    os._exit(0)


def _go_plugin() -> list[Any]:
    """What HashiCorp's library expects of every plugin: to be told to go, and a stream of its output."""
    shutdown = grpc.unary_unary_rpc_method_handler(
        _shutdown,
        request_deserializer=grpc_controller_pb2.Empty.FromString,
        response_serializer=grpc_controller_pb2.Empty.SerializeToString,
    )
    output = grpc.unary_stream_rpc_method_handler(
        lambda _request, _context: iter(()),
        request_deserializer=lambda _data: None,
        response_serializer=grpc_stdio_pb2.StdioData.SerializeToString,
    )
    return [
        grpc.method_handlers_generic_handler("plugin.GRPCController", {"Shutdown": shutdown}),
        grpc.method_handlers_generic_handler("plugin.GRPCStdio", {"StreamStdio": output}),
    ]


def main() -> None:
    provider = Provider(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    server = grpc.server(ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers([_handlers(provider), *_go_plugin()])
    chain, credentials = _self_signed_cert()
    socket = Path(tempfile.mkdtemp(prefix="standin-")) / "socket"
    server.add_secure_port(f"unix://{socket}", credentials)
    server.start()
    # Core protocol 1, plugin protocol 6, and where we are.
    certificate = base64.b64encode(chain).decode().rstrip("=")
    sys.stdout.write(f"1|6|unix|{socket}|grpc|{certificate}\n")
    sys.stdout.flush()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
