//! How a key is shown.

use crate::kms::rows::key::Key;
use crate::kms::rules::seconds;
use crate::node::Node;
use crate::service::Call;

impl Key {
    /// Returns the key's metadata.
    pub(crate) fn show(&self, call: &Call) -> Node {
        let created = call.world.created::<Key>(call.region(), &self.key_id).unwrap_or_default();
        let replicas = self.multi_region.then(|| {
            node! {
                "MultiRegionKeyType" => "PRIMARY", "ReplicaKeys" => Node::List(vec![]),
                "PrimaryKey" => node! { "Arn" => &self.arn, "Region" => call.region() },
            }
        });
        node! {
            "AWSAccountId" => &call.settings.account, "KeyId" => &self.key_id, "Arn" => &self.arn,
            "CreationDate" => seconds(created), "Enabled" => self.state == "Enabled",
            "Description" => &self.description, "KeyUsage" => "ENCRYPT_DECRYPT", "KeyState" => &self.state,
            "DeletionDate" => self.deletion.map(seconds), "Origin" => "AWS_KMS", "KeyManager" => if self.is_managed { "AWS" } else { "CUSTOMER" },
            "CustomerMasterKeySpec" => "SYMMETRIC_DEFAULT", "KeySpec" => "SYMMETRIC_DEFAULT",
            "EncryptionAlgorithms" => Node::list(["SYMMETRIC_DEFAULT"]), "MultiRegion" => self.multi_region,
            "MultiRegionConfiguration" => replicas,
        }
    }
}
