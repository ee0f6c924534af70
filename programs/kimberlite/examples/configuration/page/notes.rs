//! What the doc comments do not say of a key: limits that the checks in `src/config` hold, and what
//! happens when it changes while a cluster stands.

/// What is said of a key.
pub(super) struct Note {
    /// The type and the field.
    pub(super) key: &'static str,
    pub(super) limits: &'static str,
    pub(super) change: &'static str,
}

const fn note(key: &'static str, limits: &'static str, change: &'static str) -> Note {
    Note { key, limits, change }
}

const NEW_ONLY: &str = "new instances only.";
const CERTIFICATES: &str = "new instances only. The permissions of the nodes' role follow at once, so those of the old way are gone.";
const GB: &str = "in place, for the table of costs alone.";
const MEMBERS: &str = "refused where it moves a node.";
const RULE: &str = "in place. A source that is added or removed is one rule of the security group.";
const SPARINGLY: &str = "in place. AWS takes at most four changes of a volume in 24 hours.";

pub(super) const NOTES: [Note; 46] = [
    note(
        "Config.size",
        "",
        "as `instance_type` and `log.size` say. A smaller preset would shrink the log volume, and is refused unless `log.size` \
         keeps the size.",
    ),
    note(
        "Config.instance_type",
        "",
        "refused, unless `allow_restarts` is `true`; then the nodes stop, change and start, one after the other. The processor \
         stays the same: between Intel or AMD and AWS's own (`c7g`, `m6g`, `t4g`, …), the change is refused.",
    ),
    note("Config.nodes", "", "refused. [Grow](deployment.md#grow) says the way round."),
    note(
        "Config.zones",
        "Each is a zone of `aws.region` that the account has, and stands there once.",
        "refused where it moves a node. A zone at the end of the list that takes no node is one more subnet.",
    ),
    note(
        "Config.placement",
        "`cluster` needs a single zone in `zones`, and no burstable type (`t2`, `t3`, `t3a`, `t4g`).",
        "refused: all instances would be replaced at the same time.",
    ),
    note(
        "Config.root_size",
        "",
        "in place: the volume grows, the node's partition with it at its next boot. A smaller size is refused.",
    ),
    note(
        "Config.restore",
        "Names are `log-1`, `projections-1` and so on, up to `nodes`.",
        "nothing, for a volume that stands. A volume that is made takes the snapshot. \
         [Restore](monitoring.md#restore-a-volume) says how.",
    ),
    note("Config.encryption", "", "refused."),
    note(
        "Config.key_policy",
        "1 to 32,768 characters. Not with `encryption = false`.",
        "in place. [Security](security.md#encryption) says what a policy needs.",
    ),
    note(
        "Config.image",
        "It is Ubuntu or Debian with systemd and `apt-get`, for the processor of the instance type.",
        NEW_ONLY,
    ),
    note(
        "Config.key_pair",
        "It exists in the region. Port 22 is closed until `access.ssh` opens it.",
        "refused: all instances would be replaced at the same time.",
    ),
    note(
        "Config.version",
        "Three numbers, and what may follow a hyphen: `0.9.1`, `0.10.0-rc.1`.",
        NEW_ONLY,
    ),
    note("Config.package", "", NEW_ONLY),
    note("Config.sha256", "Only with `version` or `package`.", NEW_ONLY),
    note(
        "Config.arguments",
        "Letters, digits and `-._:/=,` alone. `--cluster`, `--address`, `-a` and `--development` are the program's own.",
        NEW_ONLY,
    ),
    note(
        "Config.environment",
        "A value may have no space, quote, backslash, backtick or `$`. The program sets `KMB_REPLICA_ID`, `KMB_CLUSTER_PEERS`, \
         `KMB_CLUSTER_CLIENT_PEERS`, `KMB_SINGLE_NODE`, `KMB_HTTP_PORT`, `KMB_ENABLE_FOLLOWER_PROJECTION` and `NO_COLOR` \
         itself; `KMB_ENABLE_CHAOS_ENDPOINTS` must stay unset.",
        NEW_ONLY,
    ),
    note(
        "Config.allow_restarts",
        "",
        "nothing. It permits other changes; take it out again when they are done.",
    ),
    note(
        "Config.protect",
        "",
        "in place, in kim's state alone. `kim destroy` works again after a `kim up` with `protect = false`.",
    ),
    note(
        "Config.tags",
        "At most 50 a resource, with `Name` and `Backup`, which the program sets. `Backup` may have no other value than \
         `backup.tag`.",
        "in place.",
    ),
    note(
        "NetworkConfig.cidr",
        "A new VPC needs a /24 for each zone, and one more where `internet` is `nat`. Not with `vpc`.",
        "refused.",
    ),
    note("NetworkConfig.vpc", "It needs `subnets`.", MEMBERS),
    note(
        "NetworkConfig.first_address",
        "4 or more. With existing subnets, the addresses from here on are free.",
        "refused where it moves a node.",
    ),
    note(
        "NetworkConfig.internet",
        "It counts for a new VPC; `public` gives a node in an existing VPC an address, too. `none` needs a release on the image, \
         and goes neither with `access.session_manager` nor with certificates from an authority.",
        "in place: route, gateway and addresses change, and connections through the old way end.",
    ),
    note("SubnetConfig.id", "", "refused where a node is in the subnet."),
    note("SubnetConfig.cidr", "/16 to /28. It is what the subnet has; no two overlap.", MEMBERS),
    note("Access.clients", "Not `0.0.0.0/0`.", RULE),
    note("Access.peers", "Anything but an empty list is refused.", "refused."),
    note("Access.metrics", "Not `0.0.0.0/0`.", RULE),
    note("Access.ssh", "Not `0.0.0.0/0`. Without `key_pair` nobody can log in.", RULE),
    note("Access.session_manager", "", "in place: the role gets or loses the permissions."),
    note(
        "VolumeConfig.size",
        "",
        "in place: the volumes grow. A file system grows at its next mount, or at once \
         ([Grow volumes](deployment.md#grow-volumes)). A smaller size is refused. AWS takes at most four changes of a \
         volume in 24 hours.",
    ),
    note("VolumeConfig.iops", "", SPARINGLY),
    note("VolumeConfig.throughput", "", SPARINGLY),
    note("VolumeConfig.device", "", "refused: the volume would be taken from the running node."),
    note(
        "BackupConfig.enabled",
        "",
        "in place. Without it no more snapshots are made; those that exist stay, and nothing deletes them.",
    ),
    note("BackupConfig.time", "", "in place."),
    note("BackupConfig.keep", "", "in place."),
    note(
        "BackupConfig.tag",
        "Up to 64 letters, digits and `-_.`.",
        "in place, on the policy and on all volumes. Older snapshots stay, and nothing deletes them.",
    ),
    note("TlsConfig.certificates", "", CERTIFICATES),
    note(
        "TlsConfig.authority",
        "It is in `aws.region`. Only with `private-ca`, which needs it.",
        CERTIFICATES,
    ),
    note("TlsConfig.domain", "Lower case. Only with `lets-encrypt`, which needs it.", CERTIFICATES),
    note("TlsConfig.zone", "Only with `lets-encrypt`, which needs it.", CERTIFICATES),
    note("TlsConfig.email", "Only with `lets-encrypt`.", NEW_ONLY),
    note(
        "MonitoringConfig.enabled",
        "",
        "new instances only. The permissions of the nodes' role follow at once: where it is switched off, an agent that runs is \
         refused by CloudWatch.",
    ),
    note("CostsConfig.transfer", "", GB),
    note("CostsConfig.daily_change", "", GB),
];
