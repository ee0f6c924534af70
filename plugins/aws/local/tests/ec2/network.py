"""VPCs, subnets, internet gateways, route tables, routes: what works, and what AWS refuses."""

from local import by, client, refused, tags, until

ec2 = client()

# A region has its default VPC, with a subnet a zone.
[default] = ec2.describe_vpcs(Filters=by(is_default="true"))["Vpcs"]
assert default["CidrBlock"] == "172.31.0.0/16"
subnets = ec2.describe_subnets(Filters=by(vpc_id=default["VpcId"], default_for_az="true"))["Subnets"]
zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]]
assert sorted(subnet["AvailabilityZone"] for subnet in subnets) == zones == [f"eu-central-1{letter}" for letter in "abc"]
assert len(client(region="us-east-1").describe_subnets()["Subnets"]) == 6
assert ec2.describe_network_acls(Filters=by(vpc_id=default["VpcId"]))["NetworkAcls"][0]["IsDefault"]
assert "eu-central-1" in [region["RegionName"] for region in ec2.describe_regions()["Regions"]]
[attribute] = ec2.describe_account_attributes(AttributeNames=["default-vpc"])["AccountAttributes"]
assert attribute["AttributeValues"][0]["AttributeValue"] == default["VpcId"]

# VPCs.
vpc = ec2.create_vpc(CidrBlock="10.0.7.9/16", TagSpecifications=tags("vpc", Name="main"))["Vpc"]
vpc_id = vpc["VpcId"]
assert vpc["CidrBlock"] == "10.0.0.0/16" and vpc["State"] == "pending" and vpc["Tags"] == [{"Key": "Name", "Value": "main"}]
until(lambda: ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]["State"] == "available", "the VPC's availability")
for wrong in ["10.0.0.0/15", "10.0.0.0/29"]:
    refused("InvalidVpc.Range", ec2.create_vpc, CidrBlock=wrong)
for wrong in ["10.0.0.0", "10.0.0.300/16", "ten"]:
    refused("InvalidParameterValue", ec2.create_vpc, CidrBlock=wrong)
refused("MissingParameter", ec2.create_vpc)
refused("UnknownParameter", ec2.create_vpc, CidrBlock="10.9.0.0/16", Ipv4IpamPoolId="ipam-pool-1")
refused("InvalidParameterValue", ec2.create_vpc, CidrBlock="10.9.0.0/16", TagSpecifications=tags("subnet", Name="x"))
refused("InvalidParameterValue", ec2.create_vpc, CidrBlock="10.9.0.0/16", TagSpecifications=tags("vpc", **{"aws:x": "y"}))
refused("DryRunOperation", ec2.create_vpc, CidrBlock="10.9.0.0/16", DryRun=True)
refused("InvalidVpcID.NotFound", ec2.describe_vpcs, VpcIds=["vpc-00000000000000000"])
assert ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute="enableDnsHostnames")["EnableDnsHostnames"] == {"Value": False}
ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": True})
assert ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute="enableDnsHostnames")["EnableDnsHostnames"] == {"Value": True}
refused("InvalidParameterCombination", ec2.modify_vpc_attribute, VpcId=vpc_id, EnableDnsHostnames={"Value": True}, EnableDnsSupport={"Value": True})
refused("InvalidParameterCombination", ec2.modify_vpc_attribute, VpcId=vpc_id, EnableDnsSupport={"Value": False})
others = [ec2.create_vpc(CidrBlock=f"10.{n}.0.0/16")["Vpc"]["VpcId"] for n in (1, 2, 3)]
refused("VpcLimitExceeded", ec2.create_vpc, CidrBlock="10.4.0.0/16")
for other in others[1:]:
    ec2.delete_vpc(VpcId=other)
other_vpc = others[0]

# Subnets.
subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.1.0/24", AvailabilityZone="eu-central-1b", TagSpecifications=tags("subnet", Name="b"))["Subnet"]
subnet_id = subnet["SubnetId"]
assert subnet["AvailableIpAddressCount"] == 251 and subnet["AvailabilityZoneId"] == "euc1-az2"
refused("InvalidSubnet.Range", ec2.create_subnet, VpcId=vpc_id, CidrBlock="10.1.1.0/24")
refused("InvalidSubnet.Range", ec2.create_subnet, VpcId=vpc_id, CidrBlock="10.0.9.0/29")
refused("InvalidSubnet.Conflict", ec2.create_subnet, VpcId=vpc_id, CidrBlock="10.0.1.128/25")
refused("InvalidParameterValue", ec2.create_subnet, VpcId=vpc_id, CidrBlock="10.0.1.0")
refused("InvalidParameterValue", ec2.create_subnet, VpcId=vpc_id, CidrBlock="10.0.2.0/24", AvailabilityZone="us-east-1a")
refused("InvalidParameterValue", ec2.create_subnet, VpcId=vpc_id, CidrBlock="10.0.2.0/24", AvailabilityZoneId="use1-az1")
refused("InvalidVpcID.NotFound", ec2.create_subnet, VpcId="vpc-00000000000000000", CidrBlock="10.0.2.0/24")
ec2.modify_subnet_attribute(SubnetId=subnet_id, MapPublicIpOnLaunch={"Value": True})
assert ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"][0]["MapPublicIpOnLaunch"]
assert len(ec2.describe_subnets(Filters=[{"Name": "tag:Name", "Values": ["?"]}, *by(vpc_id=vpc_id)])["Subnets"]) == 1
refused("InvalidParameterValue", ec2.describe_subnets, Filters=by(no_such_filter="x"))

# Internet gateways.
gateway_id = ec2.create_internet_gateway(TagSpecifications=tags("internet-gateway", Name="g"))["InternetGateway"]["InternetGatewayId"]
second_id = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
refused("Gateway.NotAttached", ec2.detach_internet_gateway, InternetGatewayId=gateway_id, VpcId=vpc_id)
ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
refused("Resource.AlreadyAssociated", ec2.attach_internet_gateway, InternetGatewayId=gateway_id, VpcId=other_vpc)
refused("InvalidParameterValue", ec2.attach_internet_gateway, InternetGatewayId=second_id, VpcId=vpc_id)
refused("DependencyViolation", ec2.delete_internet_gateway, InternetGatewayId=gateway_id)
[found] = ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [vpc_id]}])["InternetGateways"]
assert found["Attachments"] == [{"VpcId": vpc_id, "State": "available"}]

# Route tables and routes.
[main] = ec2.describe_route_tables(Filters=[*by(vpc_id=vpc_id), {"Name": "association.main", "Values": ["true"]}])["RouteTables"]
table = ec2.create_route_table(VpcId=vpc_id, ClientToken="t1")["RouteTable"]
table_id = table["RouteTableId"]
assert ec2.create_route_table(VpcId=vpc_id, ClientToken="t1")["RouteTable"]["RouteTableId"] == table_id
refused("IdempotentParameterMismatch", ec2.create_route_table, VpcId=other_vpc, ClientToken="t1")
assert [route["GatewayId"] for route in table["Routes"]] == ["local"]
route = {"RouteTableId": table_id, "DestinationCidrBlock": "0.0.0.0/0"}
refused("MissingParameter", ec2.create_route, **route)
refused("InvalidParameterCombination", ec2.create_route, **route, GatewayId=gateway_id, NetworkInterfaceId="eni-00000000000000000")
refused("InvalidGatewayID.NotFound", ec2.create_route, **route, GatewayId="igw-00000000000000000")
refused("InvalidParameterValue", ec2.create_route, **route, GatewayId=second_id)
refused("InvalidParameterValue", ec2.create_route, RouteTableId=table_id, DestinationCidrBlock="10.0.0.0/16", GatewayId=gateway_id)
refused("InvalidParameterValue", ec2.replace_route, **route, GatewayId=gateway_id)
assert ec2.create_route(**route, GatewayId=gateway_id)["Return"]
refused("RouteAlreadyExists", ec2.create_route, **route, GatewayId=gateway_id)
ec2.replace_route(**route, GatewayId=gateway_id)
refused("InvalidRoute.NotFound", ec2.delete_route, RouteTableId=table_id, DestinationCidrBlock="1.0.0.0/8")
refused("InvalidParameterValue", ec2.delete_route, RouteTableId=table_id, DestinationCidrBlock="10.0.0.0/16")
ec2.create_route(RouteTableId=table_id, DestinationIpv6CidrBlock="::/0", GatewayId=gateway_id)
association = ec2.associate_route_table(RouteTableId=table_id, SubnetId=subnet_id)["AssociationId"]
refused("Resource.AlreadyAssociated", ec2.associate_route_table, RouteTableId=main["RouteTableId"], SubnetId=subnet_id)
foreign = ec2.create_route_table(VpcId=other_vpc)["RouteTable"]["RouteTableId"]
refused("InvalidParameterValue", ec2.replace_route_table_association, AssociationId=association, RouteTableId=foreign)
refused("DependencyViolation", ec2.delete_route_table, RouteTableId=table_id)
refused("DependencyViolation", ec2.delete_route_table, RouteTableId=main["RouteTableId"])
refused("InvalidParameterValue", ec2.disassociate_route_table, AssociationId=main["Associations"][0]["RouteTableAssociationId"])
third = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
association = ec2.replace_route_table_association(AssociationId=association, RouteTableId=third)["NewAssociationId"]
[found] = ec2.describe_route_tables(Filters=[{"Name": "association.subnet-id", "Values": [subnet_id]}])["RouteTables"]
assert found["RouteTableId"] == third
ec2.disassociate_route_table(AssociationId=association)
refused("InvalidAssociationID.NotFound", ec2.disassociate_route_table, AssociationId=association)

# Interfaces: addresses.
interface = ec2.create_network_interface(SubnetId=subnet_id, PrivateIpAddress="10.0.1.10", Description="node")["NetworkInterface"]
assert interface["PrivateIpAddress"] == "10.0.1.10"
refused("InvalidIPAddress.InUse", ec2.create_network_interface, SubnetId=subnet_id, PrivateIpAddress="10.0.1.10")
for wrong in ["10.0.1.0", "10.0.1.3", "10.0.1.255", "10.0.2.10", "x"]:
    refused("InvalidParameterValue", ec2.create_network_interface, SubnetId=subnet_id, PrivateIpAddress=wrong)
refused("InvalidSubnetID.NotFound", ec2.create_network_interface, SubnetId="subnet-00000000000000000")
refused("InvalidGroup.NotFound", ec2.create_network_interface, SubnetId=subnet_id, Groups=["sg-00000000000000000"])
two = ec2.create_network_interface(SubnetId=subnet_id, SecondaryPrivateIpAddressCount=2)["NetworkInterface"]
assert [address["PrivateIpAddress"] for address in two["PrivateIpAddresses"]] == ["10.0.1.4", "10.0.1.5", "10.0.1.6"]
ec2.delete_network_interface(NetworkInterfaceId=two["NetworkInterfaceId"])
interface_id = interface["NetworkInterfaceId"]
ec2.modify_network_interface_attribute(NetworkInterfaceId=interface_id, SourceDestCheck={"Value": False})
attribute = ec2.describe_network_interface_attribute(NetworkInterfaceId=interface_id, Attribute="sourceDestCheck")
assert attribute["SourceDestCheck"] == {"Value": False}
assert ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"][0]["AvailableIpAddressCount"] == 250

# Elastic addresses.
allocations = [ec2.allocate_address(Domain="vpc")["AllocationId"] for _ in range(5)]
outside = ec2.create_subnet(VpcId=other_vpc, CidrBlock="10.1.1.0/24")["Subnet"]["SubnetId"]
outside = ec2.create_network_interface(SubnetId=outside)["NetworkInterface"]["NetworkInterfaceId"]
refused("AddressLimitExceeded", ec2.allocate_address, Domain="vpc")
associated = ec2.associate_address(AllocationId=allocations[0], NetworkInterfaceId=interface_id)["AssociationId"]
assert ec2.associate_address(AllocationId=allocations[0], NetworkInterfaceId=interface_id)["AssociationId"] == associated
other = {"AllocationId": allocations[1], "NetworkInterfaceId": interface_id}
refused("Resource.AlreadyAssociated", ec2.associate_address, **other, AllowReassociation=False)
refused("Gateway.NotAttached", ec2.associate_address, AllocationId=allocations[1], NetworkInterfaceId=outside)
refused("InvalidIPAddress.InUse", ec2.release_address, AllocationId=allocations[0])
refused("DependencyViolation", ec2.detach_internet_gateway, InternetGatewayId=gateway_id, VpcId=vpc_id)
[address] = ec2.describe_addresses(AllocationIds=[allocations[0]])["Addresses"]
assert address["PrivateIpAddress"] == "10.0.1.10" and address["AssociationId"] == associated
assert ec2.describe_addresses_attribute(AllocationIds=[allocations[0]])["Addresses"][0]["PublicIp"] == address["PublicIp"]
by_address = [{"Name": "association.allocation-id", "Values": [allocations[0]]}]
[found] = ec2.describe_network_interfaces(Filters=by_address)["NetworkInterfaces"]
assert found["NetworkInterfaceId"] == interface_id and found["Association"]["AssociationId"] == associated
# Unless it is forbidden, an address takes the place of another one.
moved = ec2.associate_address(**other)["AssociationId"]
assert not ec2.describe_addresses(Filters=by(association_id=associated))["Addresses"]
assert [one["AllocationId"] for one in ec2.describe_addresses(Filters=by(network_interface_id=interface_id))["Addresses"]] == [allocations[1]]
refused("InvalidAddress.NotFound", ec2.release_address, AllocationId=allocations[2], NetworkBorderGroup="us-east-1")
ec2.disassociate_address(AssociationId=moved)
refused("InvalidAssociationID.NotFound", ec2.disassociate_address, AssociationId=moved)
for allocation in allocations:
    ec2.release_address(AllocationId=allocation)
refused("InvalidAllocationID.NotFound", ec2.release_address, AllocationId=allocations[0])

# Nothing goes while something is in it; then everything goes.
refused("DependencyViolation", ec2.delete_subnet, SubnetId=subnet_id)
refused("DependencyViolation", ec2.delete_vpc, VpcId=vpc_id)
ec2.delete_network_interface(NetworkInterfaceId=interface_id)
ec2.delete_subnet(SubnetId=subnet_id)
refused("DependencyViolation", ec2.delete_vpc, VpcId=vpc_id)
ec2.detach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
states = {route["State"] for route in ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"][0]["Routes"]}
assert states == {"active", "blackhole"}
ec2.delete_internet_gateway(InternetGatewayId=gateway_id)
for gone in (table_id, third):
    ec2.delete_route_table(RouteTableId=gone)
ec2.delete_vpc(VpcId=vpc_id)
refused("InvalidVpcID.NotFound", ec2.delete_vpc, VpcId=vpc_id)
refused("InvalidSubnetID.NotFound", ec2.delete_subnet, SubnetId=subnet_id)
assert not ec2.describe_tags(Filters=by(resource_id=vpc_id))["Tags"]
