"""Pages, and what is not visible yet. Runs against a server with small pages and a consistency delay."""

from local import client, refused, until

ec2 = client()
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
refused("InvalidNextToken", ec2.describe_volumes, NextToken=first["NextToken"], Filters=[{"Name": "size", "Values": ["1"]}])
