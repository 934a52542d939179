"""The function that the workshop deploys by hand, re-created: one alert read out of the first record, one POST, nothing checked.

It imports what the workshop's does, boto3 and requests. The loop below it does what Lambda's own Python runtime does for it.
"""

import http.client
import json
import os

import boto3  # the workshop's function imports it; the import is part of what its start costs
import requests


def webhook_url():
    """The URL, from the environment as the workshop has it, else from Secrets Manager."""
    if "DDALERT_WEBHOOK_URL" in os.environ:
        return os.environ["DDALERT_WEBHOOK_URL"]
    store = boto3.client("secretsmanager")
    return store.get_secret_value(SecretId=os.environ["DDALERT_WEBHOOK_SECRET"])["SecretString"]


URL = webhook_url()


def handler(event, context):
    alert = json.loads(event["Records"][0]["Sns"]["Message"])
    content = "IoT Device Defender alert! Thing name: {} | Security profile: {} | Behavior name: {}".format(
        alert["thingName"], alert["securityProfileName"], alert["behavior"]["name"]
    )
    requests.post(URL, data=json.dumps({"Content": content}), headers={"Content-Type": "application/json"})


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
    main()
