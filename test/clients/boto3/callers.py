"""Who may call, in which Region, and with what bytes."""

import datetime
import json
import os
from concurrent.futures import ThreadPoolExecutor

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session
import botocore

from slipway_case import (
    REGION, UUID, SlipwayCase, arn, batch, boto3, client, create_queue, main, output_of, register, shell,
    submit, unique, wait_for, wait_until,
)

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
KEY = os.environ["AWS_ACCESS_KEY_ID"]
SECRET = os.environ["AWS_SECRET_ACCESS_KEY"]
OTHER_REGION = "eu-central-1"
other = client("batch", OTHER_REGION)


class Signer(SigV4Auth):
    """botocore's own signer, as far off in time as wanted."""

    def __init__(self, minutes=0, region=REGION, service="batch", key=KEY, secret=SECRET):
        super().__init__(Credentials(key, secret), service, region)
        self.offset = datetime.timedelta(minutes=minutes)

    def add_auth(self, request):
        now = datetime.datetime.now(datetime.timezone.utc) + self.offset
        timestamp = now.strftime("%Y%m%dT%H%M%SZ")
        request.context["timestamp"] = timestamp
        self._modify_request_before_signing(request)
        canonical = self.canonical_request(request)
        signature = self.signature(self.string_to_sign(request, canonical), request)
        self._inject_signature_to_request(request, signature)


def post(body, path="/v1/describejobqueues", signer=None, content_type="application/json", method="POST"):
    """Sends bytes and returns (status, error type, parsed body)."""
    request = AWSRequest(method, ENDPOINT + path, data=body.encode(), headers={"content-type": content_type})
    if signer is not None:
        signer.add_auth(request)
    answer = URLLib3Session().send(request.prepare())
    return answer.status_code, answer.headers.get("x-amzn-ErrorType"), json.loads(answer.text or "{}")


class Signatures(SlipwayCase):
    def test_a_wrong_secret_is_refused(self):
        wrong = client("batch", aws_access_key_id=KEY, aws_secret_access_key="x" * 40)
        self.refused(wrong.describe_job_queues, "signature", code="InvalidSignatureException", status=403)

    def test_an_unknown_key_is_refused(self):
        unknown = client("batch", aws_access_key_id="AKIANOBODYKNOWSTHIS0", aws_secret_access_key=SECRET)
        self.refused(unknown.describe_job_queues, code="UnrecognizedClientException", status=403)

    def test_an_unsigned_call_is_refused(self):
        unsigned = boto3.client("batch", region_name=REGION, config=Config(signature_version=botocore.UNSIGNED))
        self.refused(unsigned.describe_job_queues, code="MissingAuthenticationTokenException", status=403)

    def test_a_signature_lasts_a_quarter_of_an_hour(self):
        self.assertEqual(post("{}", signer=Signer(minutes=-14))[0], 200)
        for minutes, word in [(-16, "expired"), (16, "not yet current")]:
            status, code, body = post("{}", signer=Signer(minutes=minutes))
            self.assertEqual((status, code), (403, "InvalidSignatureException"))
            self.assertIn(word, body["message"])

    def test_another_service_name_is_refused(self):
        status, code, _ = post("{}", signer=Signer(service="s3"))
        self.assertEqual((status, code), (403, "InvalidSignatureException"))

    def test_a_changed_body_is_refused(self):
        request = AWSRequest("POST", ENDPOINT + "/v1/describejobqueues", data=b'{"maxResults":2}')
        Signer().add_auth(request)
        prepared = request.prepare()
        prepared.body = b'{"maxResults":1}'
        self.assertEqual(URLLib3Session().send(prepared).status_code, 403)

    def test_the_users_own_profile_works_with_its_session_only(self):
        profile = {"aws_access_key_id": os.environ["SHARED_ACCESS_KEY_ID"],
                   "aws_secret_access_key": os.environ["SHARED_SECRET_ACCESS_KEY"]}
        good = client("batch", aws_session_token=os.environ["SHARED_SESSION_TOKEN"], **profile)
        self.assertTrue(good.describe_job_queues()["jobQueues"])
        for token in ["another-session", None]:
            bad = client("batch", aws_session_token=token, **profile)
            self.refused(bad.describe_job_queues, code="UnrecognizedClientException", status=403)

    def test_the_other_services_check_too(self):
        for service, call in [("logs", "describe_log_groups"), ("ecs", "list_clusters")]:
            wrong = client(service, aws_access_key_id=KEY, aws_secret_access_key="x" * 40)
            self.refused(getattr(wrong, call), code="InvalidSignatureException", status=403)


class Wire(SlipwayCase):
    def test_an_empty_body_is_an_empty_request(self):
        status, _, body = post("", signer=Signer())
        self.assertEqual(status, 200)
        self.assertIn("default", [queue["jobQueueName"] for queue in body["jobQueues"]])

    def test_unknown_members_are_ignored(self):
        status, _, body = post('{"madeUp": {"deep": [1]}, "jobQueues": ["default"]}', signer=Signer())
        self.assertEqual((status, len(body["jobQueues"])), (200, 1))

    def test_broken_json_is_a_serialization_error(self):
        for text in ["{", "[]", "nonsense", '{"a":1}}']:
            status, code, _ = post(text, signer=Signer())
            self.assertEqual((status, code), (400, "SerializationException"), text)

    def test_content_types_may_carry_a_charset(self):
        self.assertEqual(post("{}", signer=Signer(), content_type="application/json; charset=utf-8")[0], 200)

    def test_an_operation_that_is_not_there_is_refused(self):
        status, code, _ = post("{}", path="/v1/makecoffee", signer=Signer())
        self.assertGreaterEqual(status, 400)
        self.assertTrue(code)

    def test_the_arn_in_a_path_may_be_written_as_it_is(self):
        queue = create_queue(tags={"a": "b"})
        for text in [arn(f"job-queue/{queue}"), arn(f"job-queue%2F{queue}").replace(":", "%3A")]:
            status, _, body = post("", path=f"/v1/tags/{text}", signer=Signer(), method="GET")
            self.assertEqual((status, body), (200, {"tags": {"a": "b"}}))

    def test_members_that_are_null_are_absent(self):
        status, _, body = post('{"jobQueues": null, "maxResults": null, "nextToken": null}', signer=Signer())
        self.assertEqual(status, 200)
        self.assertTrue(body["jobQueues"])

    def test_answers_carry_a_request_id(self):
        answer = batch.describe_job_queues()
        self.assertRegex(answer["ResponseMetadata"]["RequestId"], UUID)
        self.assertEqual(answer["ResponseMetadata"]["HTTPHeaders"]["content-type"], "application/json")


class Crowds(SlipwayCase):
    def test_many_callers_at_once_are_all_served(self):
        definition, queue = register(), create_queue()
        with ThreadPoolExecutor(16) as pool:
            ids = list(pool.map(lambda _: submit(queue=queue, jobDefinition=definition), range(400)))
        self.assertEqual(len(set(ids)), 400)

        def succeeded():
            pages = batch.get_paginator("list_jobs").paginate(jobQueue=queue, jobStatus="SUCCEEDED")
            return {job["jobId"] for page in pages for job in page["jobSummaryList"]} == set(ids)

        wait_until("all have succeeded", succeeded)


class Regions(SlipwayCase):
    def test_a_new_region_has_its_own_defaults(self):
        (queue,) = other.describe_job_queues(jobQueues=["default"])["jobQueues"]
        self.assertEqual(queue["jobQueueArn"], arn("job-queue/default", region=OTHER_REGION))
        self.assertIn(f":{OTHER_REGION}:", queue["computeEnvironmentOrder"][0]["computeEnvironment"])

    def test_jobs_are_seen_and_stopped_in_their_own_region_only(self):
        job_id = submit("sleep 2; echo survived")
        self.assertEqual(other.describe_jobs(jobs=[job_id])["jobs"], [])
        other.terminate_job(jobId=job_id, reason="not yours")
        other.cancel_job(jobId=job_id, reason="not yours")
        job = wait_for(job_id)
        self.assert_members(job, {"status": "SUCCEEDED", "isTerminated": False})
        self.assertEqual(output_of(job), ["survived"])
        self.refused(lambda: other.submit_job(jobName="x", jobQueue="default", jobDefinition="shell",
                                              dependsOn=[{"jobId": job_id}]))

    def test_logs_are_read_in_their_own_region_only(self):
        stream = wait_for(submit("echo here"))["container"]["logStreamName"]
        there = client("logs", OTHER_REGION)
        self.refused(lambda: there.get_log_events(logGroupName="/aws/batch/job", logStreamName=stream),
                     code="ResourceNotFoundException")

    def test_names_and_revisions_are_counted_in_each_region(self):
        name = unique("both")
        for _ in range(2):
            register(name=name)
        answer = other.register_job_definition(
            jobDefinitionName=name, type="container", containerProperties=shell("echo there"))
        self.assertEqual(answer["revision"], 1)
        job_id = other.submit_job(jobName="there", jobQueue="default", jobDefinition=name)["jobId"]
        wait_until("it ran there", lambda: other.describe_jobs(jobs=[job_id])["jobs"][0]["status"] == "SUCCEEDED")
        self.assertEqual(batch.describe_jobs(jobs=[job_id])["jobs"], [])

    def test_queues_are_listed_in_their_own_region_only(self):
        name = create_queue()
        self.assertEqual(other.describe_job_queues(jobQueues=[name])["jobQueues"], [])
        self.refused(lambda: other.describe_job_queues(jobQueues=[arn(f"job-queue/{name}")]))

    def test_arns_follow_the_partition(self):
        for region, partition in [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]:
            queue = client("batch", region).describe_job_queues()["jobQueues"][0]
            self.assertTrue(queue["jobQueueArn"].startswith(f"arn:{partition}:batch:{region}:"))


if __name__ == "__main__":
    main()
