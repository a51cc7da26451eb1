// What most rows have in common, for body-codec.ts to leave out of each of them. Stored rows are read with the dictionary they were
// written with, so a list is never edited: a better one gets the next number beside it. It is short, because it is in every bundle.

/** What stands nearer to the end is cheaper to refer to: rare texts come first, whole stretches of a job's row last. */
export const BODY_DICTIONARY_1: string = [
  '"wait":{"state":"RUNNING"},"timeoutSeconds":"shareIdentifier":"","kind":"child","parentId":"","arrayIndex":',
  '"secrets":[{"name":"","valueFrom":"arn:aws:secretsmanager:us-east-1:secret:.dkr.ecr.us-east-1.amazonaws.com/public.ecr.aws/s3://',
  '"logStreamName":"default/","status":"FAILED","exitCode":1,"reason":"","exitCode":137,"status":"PENDING","instanceIds":["',
  '{"jobId":"","jobArn":"arn:aws:batch:us-east-1::job/","kind":"single","spec":{"jobName":"","queueArn":"arn:aws:batch:us-east-1::job-queue/",',
  '"definitionArn":"arn:aws:batch:us-east-1::job-definition/:1","parameters":{},"retryStrategy":{"attempts":1,"evaluateOnExit":[]},"dependsOn":[],"tags":{},',
  '"platformCapabilities":["EC2"],"platformCapabilities":["FARGATE"],"container":{"image":"","command":["sh","-c","',
  '"jobRoleArn":"arn:aws:iam:::role/","executionRoleArn":"arn:aws:iam:::role/","environment":[{"name":"","value":""},{"name":"","value":"',
  '"resourceRequirements":[{"value":"1","type":"VCPU"},{"value":"2048","type":"MEMORY"}],"networkConfiguration":{"assignPublicIp":"ENABLED"},',
  '"environment":[],"mountPoints":[],"secrets":[],"ulimits":[],"volumes":[]},"demand":{"vcpus":1,"memoryMiB":2048,"gpus":0}},',
  '"createdAtMs":17,"attempts":[],"awaiting":[],"status":"RUNNABLE","runnableAtMs":17}"status":"STARTING","attempt":{"number":1,"taskId":"","placedAtMs":17,',
  '"placement":{"ceArn":"arn:aws:batch:us-east-1::compute-environment/","clusterName":"AWSBatch-","gpuIds":[],"instanceIds":[]}},"status":"RUNNING",',
  '"status":"SUCCEEDED","attempts":[{"taskId":"","runtimeTaskId":"","ceArn":"","instanceIds":[],"startedAtMs":17,"stoppedAtMs":17,"exitCode":0,',
  '"statusReason":"Essential container in task exited"}],"statusReason":"Essential container in task exited","startedAtMs":17,"stoppedAtMs":17}',
].join('');
