# An unmodified boto3, called from the tests: a call a line in, its answer a line out, several at once.
# Usage: boto3-bridge.py ENDPOINT   (keys, region and proxy come from the environment, as for any program)
import json
import sys
import threading

import boto3
import botocore.config
import botocore.exceptions

config = botocore.config.Config(retries={"mode": "standard", "max_attempts": 3}, max_pool_connections=32)
batch = boto3.client("batch", endpoint_url=sys.argv[1], config=config)
writing = threading.Lock()


def answer(line):
    call = json.loads(line)
    said = {"id": call["id"]}
    try:
        said["output"] = getattr(batch, call["method"])(**call["input"])
    except botocore.exceptions.ClientError as error:
        said["error"] = {
            "code": error.response["Error"].get("Code"),
            "message": error.response["Error"].get("Message"),
            "status": error.response["ResponseMetadata"]["HTTPStatusCode"],
        }
    except Exception as error:  # whatever it is, the caller waits for an answer
        said["error"] = {"code": type(error).__name__, "message": str(error), "status": 0}
    with writing:
        print(json.dumps(said, default=str), flush=True)


for line in sys.stdin:
    threading.Thread(target=answer, args=(line,), daemon=True).start()
