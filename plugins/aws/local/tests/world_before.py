"""The first half of a world's life: makes things that the second half finds."""

from local import client

ec2 = client()
vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
ec2.create_tags(Resources=[vpc_id], Tags=[{"Key": "Name", "Value": "kept"}])
ec2.create_volume(AvailabilityZone="eu-central-1a", Size=5, ClientToken="kept")
