"""The second half: another process, the same world."""

from local import client

ec2 = client()
[vpc] = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["kept"]}])["Vpcs"]
assert vpc["CidrBlock"] == "10.0.0.0/16" and vpc["State"] == "available"
[volume] = ec2.describe_volumes()["Volumes"]
assert volume["State"] == "available", "a transition went on while no server ran"
assert ec2.create_volume(AvailabilityZone="eu-central-1a", Size=5, ClientToken="kept")["VolumeId"] == volume["VolumeId"]
assert len(ec2.describe_vpcs()["Vpcs"]) == 2, "a region is furnished once"
