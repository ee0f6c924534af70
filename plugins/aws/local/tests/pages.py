"""Pages, and what is not visible yet. Runs against a server with small pages and a consistency delay."""

from botocore.exceptions import ClientError

from local import client, refused, until

ec2 = client()


def worked(call, **params):
    try:
        call(**params)
    except ClientError:
        return False
    return True


volumes = {ec2.create_volume(AvailabilityZone="eu-central-1a", Size=1)["VolumeId"] for _ in range(12)}
some = next(iter(volumes))
refused("InvalidVolume.NotFound", ec2.describe_volumes, VolumeIds=[some])
until(lambda: len(list(ec2.get_paginator("describe_volumes").paginate().search("Volumes"))) == 12, "visibility")
assert ec2.describe_volumes(VolumeIds=[some])["Volumes"]

seen = [one["VolumeId"] for one in ec2.get_paginator("describe_volumes").paginate().search("Volumes")]
assert len(seen) == 12 and set(seen) == volumes
first = ec2.describe_volumes(MaxResults=5)
assert len(first["Volumes"]) == 5 and first["NextToken"]
second = ec2.describe_volumes(MaxResults=6, NextToken=first["NextToken"])
assert len(second["Volumes"]) == 6
assert not {one["VolumeId"] for one in first["Volumes"]} & {one["VolumeId"] for one in second["Volumes"]}
assert "NextToken" not in ec2.describe_volumes(MaxResults=6, NextToken=second["NextToken"])
assert len(ec2.describe_volumes()["Volumes"]) == 7, "the server's own limit holds where the request has none"
for wrong in (4, 1001):
    refused("InvalidParameterValue", ec2.describe_volumes, MaxResults=wrong)
refused("InvalidParameterCombination", ec2.describe_volumes, MaxResults=5, VolumeIds=[some])
refused("InvalidNextToken", ec2.describe_volumes, NextToken="nonsense")
refused("FilterLimitExceeded", ec2.describe_volumes, Filters=[{"Name": "size", "Values": [str(n) for n in range(201)]}])
refused("InvalidNextToken", ec2.describe_volumes, NextToken=first["NextToken"], Filters=[{"Name": "size", "Values": ["1"]}])

# A profile that was made a moment ago is not one that EC2 knows.
iam = client("iam")
trust = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
image = ec2.describe_images(Filters=[{"Name": "name", "Values": ["*noble*amd64*"]}])["Images"][0]["ImageId"]
launch = {"ImageId": image, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1, "IamInstanceProfile": {"Name": "p"}}
iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust)
until(lambda: worked(iam.get_role, RoleName="r"), "the role's visibility")
iam.create_instance_profile(InstanceProfileName="p")
refused("InvalidParameterValue", ec2.run_instances, **launch)
until(lambda: worked(iam.add_role_to_instance_profile, InstanceProfileName="p", RoleName="r"), "the profile's role")
until(lambda: worked(ec2.run_instances, **launch), "the profile's visibility to EC2")
