//! How a key pair is shown.

use crate::ec2::rows::key_pair::KeyPair;
use crate::ec2::views::show::Show;
use crate::ec2::views::tags::show_tags;
use crate::node::Node;
use crate::service::Call;
use crate::world::timestamp;

impl Show for KeyPair {
    const IDS: &'static str = "KeyPairId";
    const SET: &'static str = "keySet";
    const LEAVES_OUT: &'static [&'static str] = &[];
    const PAGED: bool = false;
    const NAMES: Option<(&'static str, &'static str)> =
        Some(("KeyName", "InvalidKeyPair.NotFound"));
    const FILTERS: &'static [(&'static str, &'static str)] =
        &[("key-pair-id", "keyPairId"), ("fingerprint", "keyFingerprint"), ("key-name", "keyName")];

    fn show(&self, call: &Call) -> Node {
        let with_key = call.params().flag("IncludePublicKey") == Some(true);
        node! {
            "keyPairId" => &self.pair_id, "keyName" => &self.name, "keyType" => &self.key_type,
            "keyFingerprint" => &self.fingerprint, "createTime" => timestamp(self.created),
            "publicKey" => with_key.then_some(&self.public_key), "tagSet" => show_tags(call, &self.pair_id),
        }
    }

    fn is_named(&self, _call: &Call, name: &str) -> bool {
        self.name == name
    }
}
