"""A server that takes one request and does not look at signatures: the next one is too many, in each service's words."""

from local import client, refused

client(aws_secret_access_key="wrong").describe_vpcs()
refused("RequestLimitExceeded", client().describe_vpcs)
refused("Throttling", client("iam").list_roles)
refused("Throttling", client("sts").get_caller_identity)
refused("ThrottlingException", client("kms").list_keys)
refused("ThrottlingException", client("dlm").get_lifecycle_policies)
