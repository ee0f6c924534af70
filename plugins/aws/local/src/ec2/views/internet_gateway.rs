//! How an internet gateway is shown.

use crate::ec2::rows::internet_gateway::InternetGateway;
use crate::ec2::views::show::Show;
use crate::ec2::views::tags::show_tags;
use crate::node::Node;
use crate::service::Call;

impl Show for InternetGateway {
    const IDS: &'static str = "InternetGatewayId";
    const SET: &'static str = "internetGatewaySet";
    const LEAVES_OUT: &'static [&'static str] = &[];
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("internet-gateway-id", "internetGatewayId"),
        ("attachment.vpc-id", "attachmentSet.vpcId"),
        ("attachment.state", "attachmentSet.state"),
        ("owner-id", "ownerId"),
    ];

    fn show(&self, call: &Call) -> Node {
        let attachment =
            self.vpc_id.iter().map(|vpc_id| node! { "vpcId" => vpc_id, "state" => "available" });
        node! {
            "internetGatewayId" => &self.gateway_id, "ownerId" => &call.settings.account,
            "attachmentSet" => Node::list(attachment), "tagSet" => show_tags(call, &self.gateway_id),
        }
    }
}
