#!/usr/bin/env bash
# moto 5.2.5 applies a transaction again whose ClientRequestToken it has seen. DynamoDB responds to the second
# request with the result of the first, for ten minutes:
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
# So a test on moto does not show what a retry after a lost response does.
# Output seen: "counter after one token, sent twice: 2". The script fails if that changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet 'moto[dynamodb]==5.2.5' 'boto3==1.43.62'
AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION=us-east-1 "$work/venv/bin/python" <<'PYTHON'
import boto3
from moto import mock_aws

with mock_aws():
    dynamodb = boto3.client("dynamodb")
    dynamodb.create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    update = {
        "TableName": "table",
        "Key": {"key": {"S": "a"}},
        "UpdateExpression": "ADD hits :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    for _ in range(2):
        dynamodb.transact_write_items(TransactItems=[{"Update": update}], ClientRequestToken="one-token")
    hits = dynamodb.get_item(TableName="table", Key={"key": {"S": "a"}})["Item"]["hits"]["N"]
    print("counter after one token, sent twice:", hits)
    raise SystemExit(hits != "2")
PYTHON
