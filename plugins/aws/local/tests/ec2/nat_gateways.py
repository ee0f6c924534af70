"""NAT gateways: their interface, their address, the routes that lead to them, and how they fail and end."""

from local import STEP, by, client, control, refused, tags, until

ec2 = client()

vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
other_vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.1.0/24", AvailabilityZone="eu-central-1a")["Subnet"]["SubnetId"]
internet = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
table = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
allocated = ec2.allocate_address(Domain="vpc", TagSpecifications=tags("elastic-ip", Name="a"))["AllocationId"]
assert ec2.describe_addresses(Filters=[{"Name": "tag:Name", "Values": ["a"]}])["Addresses"][0]["AllocationId"] == allocated


def gateway(gateway_id):
    return ec2.describe_nat_gateways(NatGatewayIds=[gateway_id])["NatGateways"][0]


def becomes(gateway_id, state):
    until(lambda: gateway(gateway_id)["State"] == state, f"the gateway being {state}")
    return gateway(gateway_id)


# What is refused at once.
place = {"SubnetId": subnet, "AllocationId": allocated}
refused("MissingParameter", ec2.create_nat_gateway, SubnetId=subnet)
refused("MissingParameter", ec2.create_nat_gateway, AllocationId=allocated)
refused("InvalidSubnetID.NotFound", ec2.create_nat_gateway, **{**place, "SubnetId": "subnet-00000000000000000"})
refused("InvalidElasticIpID.NotFound", ec2.create_nat_gateway, **{**place, "AllocationId": "eipalloc-00000000000000000"})
refused("InvalidParameterValue", ec2.create_nat_gateway, **place, ConnectivityType="private")
refused("InvalidParameterValue", ec2.create_nat_gateway, **place, TagSpecifications=tags("vpc", Name="x"))
refused("NatGatewayNotFound", ec2.describe_nat_gateways, NatGatewayIds=["nat-00000000000000000"])
refused("NatGatewayMalformed", ec2.delete_nat_gateway, NatGatewayId="gate")

# What AWS finds out later: the gateway comes to exist and fails.
first = ec2.create_nat_gateway(**place)["NatGateway"]
assert first["State"] == "pending" and "FailureCode" not in first
failed = becomes(first["NatGatewayId"], "failed")
assert (failed["FailureCode"], failed["FailureMessage"]) == ("Gateway.NotAttached", f"Network {vpc_id} has no Internet gateway attached")
assert not ec2.describe_network_interfaces(Filters=by(subnet_id=subnet))["NetworkInterfaces"]
ec2.delete_nat_gateway(NatGatewayId=first["NatGatewayId"])
becomes(first["NatGatewayId"], "deleted")

# One that works.
ec2.attach_internet_gateway(InternetGatewayId=internet, VpcId=vpc_id)
made = ec2.create_nat_gateway(**place, ClientToken="t", TagSpecifications=tags("natgateway", Name="out"))["NatGateway"]
nat = made["NatGatewayId"]
assert made["NatGatewayAddresses"] == [{"AllocationId": allocated}] and made["VpcId"] == vpc_id
assert ec2.create_nat_gateway(**place, ClientToken="t", TagSpecifications=tags("natgateway", Name="out"))["NatGateway"]["NatGatewayId"] == nat
refused("IdempotentParameterMismatch", ec2.create_nat_gateway, **place, ClientToken="t")
[address] = becomes(nat, "available")["NatGatewayAddresses"]
assert address["PrivateIp"] == "10.0.1.4" and address["IsPrimary"]
[interface] = ec2.describe_network_interfaces(Filters=by(subnet_id=subnet))["NetworkInterfaces"]
assert interface["NetworkInterfaceId"] == address["NetworkInterfaceId"]
assert interface["RequesterManaged"] and interface["InterfaceType"] == "nat_gateway" and interface["Status"] == "in-use"
assert interface["Description"] == f"Interface for NAT Gateway {nat}" and not interface["Groups"]
[found] = ec2.describe_addresses(AllocationIds=[allocated])["Addresses"]
assert found["NetworkInterfaceId"] == interface["NetworkInterfaceId"] and found["AssociationId"] == address["AssociationId"]
assert found["PublicIp"] == address["PublicIp"] == interface["Association"]["PublicIp"]
ec2.create_tags(Resources=[nat], Tags=[{"Key": "Team", "Value": "net"}])
assert {tag["Key"] for tag in ec2.describe_tags(Filters=by(resource_id=nat, resource_type="natgateway"))["Tags"]} == {"Name", "Team"}
[found] = ec2.describe_nat_gateways(Filter=[*by(vpc_id=vpc_id, state="available"), {"Name": "tag:Name", "Values": ["out"]}])["NatGateways"]
assert found["NatGatewayId"] == nat

# Interface and address are AWS's as long as it stands.
mine = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
refused("AuthFailure", ec2.associate_address, AllocationId=allocated, NetworkInterfaceId=mine)
refused("AuthFailure", ec2.disassociate_address, AssociationId=address["AssociationId"])
refused("AuthFailure", ec2.release_address, AllocationId=allocated)
refused("InvalidParameterValue", ec2.delete_network_interface, NetworkInterfaceId=interface["NetworkInterfaceId"])
refused("OperationNotPermitted", ec2.detach_network_interface, AttachmentId=interface["Attachment"]["AttachmentId"])
ec2.delete_network_interface(NetworkInterfaceId=mine)
refused("DependencyViolation", ec2.delete_subnet, SubnetId=subnet)
refused("DependencyViolation", ec2.detach_internet_gateway, InternetGatewayId=internet, VpcId=vpc_id)
second = ec2.create_nat_gateway(**place)["NatGateway"]["NatGatewayId"]
assert becomes(second, "failed")["FailureCode"] == "Resource.AlreadyAssociated"

# Routes lead to it.
route = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0"}
refused("InvalidNatGatewayID.NotFound", ec2.create_route, **route, NatGatewayId="nat-00000000000000000")
refused("InvalidNatGatewayID.NotFound", ec2.create_route, **route, NatGatewayId=second)
refused("InvalidParameterCombination", ec2.create_route, **route, NatGatewayId=nat, GatewayId=internet)
foreign = ec2.create_route_table(VpcId=other_vpc)["RouteTable"]["RouteTableId"]
refused("InvalidParameterValue", ec2.create_route, **{**route, "RouteTableId": foreign}, NatGatewayId=nat)
ec2.create_route(**route, NatGatewayId=nat)
by_nat = [{"Name": "route.nat-gateway-id", "Values": [nat]}]


def leads():
    [found] = ec2.describe_route_tables(Filters=by_nat)["RouteTables"]
    [one] = [one for one in found["Routes"] if one.get("NatGatewayId") == nat]
    return one["State"]


assert leads() == "active"
ec2.replace_route(**route, GatewayId=internet)
assert not ec2.describe_route_tables(Filters=by_nat)["RouteTables"]
ec2.replace_route(**route, NatGatewayId=nat)

# It ends: at first it still has everything, then nothing; for an hour it is still to be seen.
assert ec2.delete_nat_gateway(NatGatewayId=nat)["NatGatewayId"] == nat
assert gateway(nat)["State"] == "deleting" and leads() == "blackhole"
refused("AuthFailure", ec2.release_address, AllocationId=allocated)
refused("DependencyViolation", ec2.delete_subnet, SubnetId=subnet)
gone = becomes(nat, "deleted")
assert gone["DeleteTime"] and gone["NatGatewayAddresses"][0]["AllocationId"] == allocated
refused("NatGatewayNotFound", ec2.delete_nat_gateway, NatGatewayId=nat)
refused("InvalidNatGatewayID.NotFound", ec2.replace_route, **route, NatGatewayId=nat)
assert leads() == "blackhole"
assert "AssociationId" not in ec2.describe_addresses(AllocationIds=[allocated])["Addresses"][0]
assert not ec2.describe_network_interfaces(Filters=by(subnet_id=subnet))["NetworkInterfaces"]
ec2.release_address(AllocationId=allocated)
ec2.detach_internet_gateway(InternetGatewayId=internet, VpcId=vpc_id)
ec2.delete_subnet(SubnetId=subnet)
control("POST", "clock", {"advance_ms": 6 * STEP})
refused("NatGatewayNotFound", ec2.describe_nat_gateways, NatGatewayIds=[nat])
assert not ec2.describe_nat_gateways()["NatGateways"] and not ec2.describe_tags(Filters=by(resource_id=nat))["Tags"]
assert leads() == "blackhole"

# In the default VPC an address is disassociated along the way; five gateways a zone are all.
[home] = ec2.describe_subnets(Filters=by(default_for_az="true", availability_zone="eu-central-1a"))["Subnets"]
interface = ec2.create_network_interface(SubnetId=home["SubnetId"])["NetworkInterface"]["NetworkInterfaceId"]
allocated = ec2.allocate_address(Domain="vpc")["AllocationId"]
ec2.associate_address(AllocationId=allocated, NetworkInterfaceId=interface)
ec2.release_address(AllocationId=allocated)
for _ in range(5):
    allocated = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.create_nat_gateway(SubnetId=home["SubnetId"], AllocationId=allocated)
refused("NatGatewayLimitExceeded", ec2.create_nat_gateway, SubnetId=home["SubnetId"], AllocationId=allocated)
