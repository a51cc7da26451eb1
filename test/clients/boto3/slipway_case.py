"""What the boto3 scenarios share: clients for this script's Region, submitting and waiting, and a report for vitest.

A script that is run prints one line of JSON for each of its tests; vitest shows each as a test of its own.
"""

import json
import os
import sys
import time
import unittest
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

REGION = os.environ["AWS_DEFAULT_REGION"]
ACCOUNT = "123456789012"
JOB_GROUP = "/aws/batch/job"
UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
ENDED = ("SUCCEEDED", "FAILED")
WAIT_SECONDS = 60

# Parameters must reach the server even where botocore knows that they are wrong.
CONFIG = Config(parameter_validation=False)


def client(service, region=REGION, **options):
    return boto3.client(service, region_name=region, config=CONFIG, **options)


batch = client("batch")
logs = client("logs")
ecs = client("ecs")


def arn(resource, service="batch", region=REGION):
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{resource}"


def unique(prefix):
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def shell(script, **properties):
    """Container properties that run a shell script."""
    return {
        "image": "busybox",
        "command": ["sh", "-c", script],
        "resourceRequirements": [
            {"type": "VCPU", "value": "1"},
            {"type": "MEMORY", "value": "64"},
        ],
        **properties,
    }


def register(script="true", name=None, **definition):
    """Registers a shell job and returns its ARN with revision."""
    answer = batch.register_job_definition(
        jobDefinitionName=name or unique("definition"),
        type="container",
        **{"containerProperties": shell(script), **definition},
    )
    return answer["jobDefinitionArn"]


def submit(script=None, queue="default", **request):
    """Submits a job of its own definition (with `script`) or of the given one, and returns its id."""
    if script is not None:
        request["jobDefinition"] = register(script)
    return batch.submit_job(**{"jobName": "job", "jobQueue": queue, **request})["jobId"]


def describe(job_id):
    jobs = batch.describe_jobs(jobs=[job_id])["jobs"]
    assert len(jobs) == 1, f"DescribeJobs of {job_id} gives {len(jobs)} jobs"
    return jobs[0]


def wait_until(what, probe, seconds=WAIT_SECONDS):
    """Returns the first true value of `probe`."""
    deadline = time.monotonic() + seconds
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not after {seconds} s: {what}")
        time.sleep(0.1)


def wait_for(job_id, statuses=ENDED, seconds=WAIT_SECONDS):
    """Waits for one of the statuses and returns the job's detail."""
    last = {}

    def reached():
        job = describe(job_id)
        last.update(job)
        return job if job["status"] in statuses else None

    try:
        return wait_until(f"job in {statuses}", reached, seconds)
    except AssertionError as error:
        raise AssertionError(f"{error}; last seen {last.get('status')}: {last}") from None


def run(script=None, **request):
    """Submits and waits for the end."""
    return wait_for(submit(script, **request))


def lines_of(stream, group=JOB_GROUP):
    events = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)["events"]
    return [event["message"] for event in events]


def output_of(job):
    return lines_of(job["container"]["logStreamName"])


def fargate(maximum=4):
    return {
        "type": "FARGATE",
        "maxvCpus": maximum,
        "subnets": ["subnet-0123456789abcdef0"],
        "securityGroupIds": ["sg-0123456789abcdef0"],
    }


def ec2(maximum=8, **more):
    return {
        "type": "EC2",
        "minvCpus": 0,
        "maxvCpus": maximum,
        "instanceTypes": ["optimal"],
        "subnets": ["subnet-0123456789abcdef0"],
        "securityGroupIds": ["sg-0123456789abcdef0"],
        "instanceRole": "ecsInstanceRole",
        **more,
    }


def environment(name):
    found = batch.describe_compute_environments(computeEnvironments=[name])["computeEnvironments"]
    return found[0] if found else None


def queue_detail(name):
    found = batch.describe_job_queues(jobQueues=[name])["jobQueues"]
    return found[0] if found else None


def create_environment(resources=None, **request):
    """Creates a managed compute environment, waits until it is VALID and returns its name."""
    name = unique("environment")
    batch.create_compute_environment(
        computeEnvironmentName=name, type="MANAGED", computeResources=resources or ec2(), **request
    )
    wait_until(f"{name} is VALID", lambda: environment(name)["status"] == "VALID")
    return name


def create_queue(environments=("local",), **request):
    """Creates a queue, waits until it is VALID and returns its name."""
    name = unique("queue")
    order = [
        {"order": number, "computeEnvironment": environment}
        for number, environment in enumerate(environments, 1)
    ]
    batch.create_job_queue(
        **{"jobQueueName": name, "priority": 1, "computeEnvironmentOrder": order, **request}
    )
    wait_until(f"{name} is VALID", lambda: queue_detail(name)["status"] == "VALID")
    return name


def disable(environment_name):
    batch.update_compute_environment(computeEnvironment=environment_name, state="DISABLED")
    wait_until(
        f"{environment_name} is disabled",
        lambda: (environment(environment_name)["state"], environment(environment_name)["status"])
        == ("DISABLED", "VALID"),
    )


def disable_queue(queue_name):
    batch.update_job_queue(jobQueue=queue_name, state="DISABLED")
    wait_until(
        f"{queue_name} is disabled",
        lambda: (queue_detail(queue_name)["state"], queue_detail(queue_name)["status"])
        == ("DISABLED", "VALID"),
    )


def blocked_queue():
    """A queue whose jobs stay RUNNABLE: its only compute environment takes no more."""
    environment_name = create_environment()
    name = create_queue([environment_name])
    disable(environment_name)
    return name


class SlipwayCase(unittest.TestCase):
    maxDiff = None

    def refused(self, call, containing="", code="ClientException", status=400):
        """The call is refused with this code and HTTP status, in a text that contains `containing`."""
        with self.assertRaises(ClientError) as caught:
            call()
        error = caught.exception.response["Error"]
        self.assertEqual(error["Code"], code, error)
        self.assertIn(containing, error["Message"])
        self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], status)
        return error["Message"]

    def assert_members(self, actual, expected):
        """Every expected member is there with its value; a difference names the member."""
        self.assertEqual({name: actual.get(name) for name in expected}, expected)

    def assert_absent(self, actual, *names):
        self.assertEqual([name for name in names if name in actual], [])


class _Report(unittest.TestResult):
    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()
        self.failure = None

    def addError(self, test, err):
        super().addError(test, err)
        self._failed(test, err)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._failed(test, err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._failed(subtest, err)

    def _failed(self, test, err):
        text = f"{test}\n{self._exc_info_to_string(err, test)}"
        if not isinstance(test, unittest.TestCase):
            # setUpModule failed: no test begins, and its text is the only word about it.
            print(text, file=sys.stderr)
            return
        self.failure = text if self.failure is None else f"{self.failure}\n{text}"

    def stopTest(self, test):
        super().stopTest(test)
        seconds = round(time.monotonic() - self.started, 3)
        name = ".".join(test.id().split(".")[-2:])
        outcome = {"test": name, "seconds": seconds, "failure": self.failure}
        print(json.dumps(outcome), flush=True)


def main():
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    result = _Report()
    suite.run(result)
    sys.exit(0 if result.wasSuccessful() else 1)
