"""The function that the workshop deploys by hand, re-created: one alert read out of the first record, one POST, nothing checked.

It imports what the workshop's does, boto3 and requests, where they are installed, and the standard library where they are not;
`--libraries` says which. The loop below it does what Lambda's own Python runtime does for it.
"""

import http.client
import json
import os
import sys

try:
    import boto3  # noqa: F401 - the workshop's function imports it; the import is part of what its start costs
    import requests

    LIBRARIES = "python, boto3 + requests"

    def post(url, body):
        requests.post(url, data=json.dumps(body), headers={"Content-Type": "application/json"})

except ImportError:
    import urllib.request

    LIBRARIES = "python, urllib"

    def post(url, body):
        headers = {"Content-Type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)) as answer:
            answer.read()


def handler(event, context):
    alert = json.loads(event["Records"][0]["Sns"]["Message"])
    content = "IoT Device Defender alert! Thing name: {} | Security profile: {} | Behavior name: {}".format(
        alert["thingName"], alert["securityProfileName"], alert["behavior"]["name"]
    )
    post(os.environ["DDALERT_WEBHOOK_URL"], {"Content": content})


def main():
    lambda_api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        lambda_api.request("GET", "/2018-06-01/runtime/invocation/next")
        invocation = lambda_api.getresponse()
        handler(json.loads(invocation.read()), None)
        request_id = invocation.headers["Lambda-Runtime-Aws-Request-Id"]
        lambda_api.request("POST", f"/2018-06-01/runtime/invocation/{request_id}/response", "null")
        lambda_api.getresponse().read()


if __name__ == "__main__":
    if "--libraries" in sys.argv:
        print(LIBRARIES)
    else:
        main()
