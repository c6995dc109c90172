#!/usr/bin/env bash
# moto 5.2.5 puts a record into a table's stream for a write that changes nothing. DynamoDB does not:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
# So a consumer that takes every MODIFY record for a change acts too often on moto, and may be right on DynamoDB.
# Output seen: "records of one put and two equal puts: INSERT MODIFY MODIFY". The script fails if that changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet 'moto[dynamodb]==5.2.5' 'boto3==1.43.62'
AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION=us-east-1 "$work/venv/bin/python" <<'PYTHON'
import boto3
from moto import mock_aws

with mock_aws():
    dynamodb, streams = boto3.client("dynamodb"), boto3.client("dynamodbstreams")
    dynamodb.create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    for _ in range(3):
        dynamodb.put_item(TableName="table", Item={"key": {"S": "a"}, "value": {"S": "same"}})
    arn = streams.list_streams()["Streams"][0]["StreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    start = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records = streams.get_records(ShardIterator=start["ShardIterator"])["Records"]
    names = " ".join(record["eventName"] for record in records)
    print("records of one put and two equal puts:", names)
    raise SystemExit(names != "INSERT MODIFY MODIFY")
PYTHON
