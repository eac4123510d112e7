"""The same core on AWS: DynamoDB, S3, SQS, SNS, SES."""
