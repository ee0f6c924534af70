#!/bin/bash
# The first boot of Kimberlite node @NODE@ of @CLUSTER@. cloud-init runs this once in an instance's life, as root.
# Every step can be repeated, and finds what an earlier instance left on the volumes.
set -euo pipefail
exec > >(tee -a /var/log/kimberlite-setup.log) 2>&1

# Prints the device of a volume, by its id: device names depend on the order of attachment, ids do not. Volumes are
# attached only once the instance runs, so it waits up to ten minutes.
device_of() {
    local link="/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${1//-/}" deadline=$((SECONDS + 600))
    until [ -e "$link" ]; do
        if [ "$SECONDS" -ge "$deadline" ]; then
            echo "the volume $1 did not appear as $link" >&2
            return 1
        fi
        sleep 1
    done
    readlink -f "$link"
}

# Mounts a volume at a folder, now and at every boot; formats it only if there is nothing on it.
mount_volume() {
    local volume="$1" folder="$2" device uuid probe=0
    device="$(device_of "$volume")"
    blkid -p "$device" || probe=$?
    case "$probe" in
        0) echo "$volume has a file system; it is kept" ;;
        2) mkfs.ext4 -q "$device" ;;
        *)
            echo "it is not clear what is on $volume (blkid says $probe); it is not touched" >&2
            return 1
            ;;
    esac
    uuid="$(blkid -p -s UUID -o value "$device")"
    mkdir -p "$folder"
    if ! grep -q "^UUID=$uuid " /etc/fstab; then
        echo "UUID=$uuid $folder ext4 defaults,nofail,x-systemd.growfs 0 2" >> /etc/fstab
    fi
    systemctl daemon-reload
    mountpoint -q "$folder" || mount "$folder"
}

mount_volume @LOG_VOLUME@ /var/lib/kimberlite/log
mount_volume @PROJECTIONS_VOLUME@ /var/lib/kimberlite/projections

mkdir -p /etc/kimberlite/tls
cat > /etc/kimberlite/config.toml <<'KIMBERLITE_CONFIG'
@CONFIG@
KIMBERLITE_CONFIG

# Until the operator brings certificates of an authority that all nodes trust, each node has one of its own.
if [ ! -e /etc/kimberlite/tls/server.key ]; then
    (
        umask 077
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj "/CN=@ADDRESS@" \
            -addext "subjectAltName=IP:@ADDRESS@" \
            -keyout /etc/kimberlite/tls/server.key -out /etc/kimberlite/tls/server.crt
    )
    chmod 644 /etc/kimberlite/tls/server.crt
    [ -e /etc/kimberlite/tls/ca.crt ] || cp /etc/kimberlite/tls/server.crt /etc/kimberlite/tls/ca.crt
fi

# Downloads and installs a Debian package. It needs a way out of the subnet; an image that has the package does not.
install_package() {
    local package
    package="$(mktemp --suffix=.deb)"
    curl --fail --silent --show-error --location --retry 5 --output "$package" "$1" &&
        chmod 644 "$package" &&
        DEBIAN_FRONTEND=noninteractive apt-get install --yes "$package" &&
        rm -f "$package"
}

package='@PACKAGE@'
if ! command -v kimberlite > /dev/null && [ -n "$package" ]; then
    install_package "$package"
fi

getent passwd kimberlite > /dev/null || useradd --system --home-dir /var/lib/kimberlite --shell /usr/sbin/nologin kimberlite
chown kimberlite: /var/lib/kimberlite/log /var/lib/kimberlite/projections
chown -R kimberlite: /etc/kimberlite/tls

# The service starts only with its volumes mounted: never onto the root volume.
cat > /etc/systemd/system/kimberlite.service <<'KIMBERLITE_UNIT'
[Unit]
Description=Kimberlite node @NODE@
Wants=network-online.target
After=network-online.target
RequiresMountsFor=/var/lib/kimberlite/log /var/lib/kimberlite/projections
AssertPathIsMountPoint=/var/lib/kimberlite/log
AssertPathIsMountPoint=/var/lib/kimberlite/projections

[Service]
User=kimberlite
ExecStart=/usr/bin/env kimberlite start --config /etc/kimberlite/config.toml
Restart=on-failure
RestartSec=5
LimitNOFILE=1048576

[Install]
WantedBy=multi-user.target
KIMBERLITE_UNIT
systemctl daemon-reload
systemctl enable kimberlite.service
if command -v kimberlite > /dev/null; then
    systemctl restart kimberlite.service
else
    echo "kimberlite is not installed: use an image that has it, or set config.package" >&2
fi

# Metrics last: a node without them is still a node.
mkdir -p /opt/aws/amazon-cloudwatch-agent/etc
cat > /opt/aws/amazon-cloudwatch-agent/etc/prometheus.yml <<'KIMBERLITE_PROMETHEUS'
global:
  scrape_interval: 1m
scrape_configs:
  - job_name: kimberlite
    static_configs:
      - targets: ["@ADDRESS@:9090"]
        labels:
          node_id: "@NODE@"
KIMBERLITE_PROMETHEUS
cat > /opt/aws/amazon-cloudwatch-agent/etc/config.json <<'KIMBERLITE_AGENT'
@AGENT@
KIMBERLITE_AGENT
agent=/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl
if [ ! -x "$agent" ]; then
    bucket="https://amazoncloudwatch-agent-@REGION@.s3.@REGION@.amazonaws.com"
    install_package "$bucket/ubuntu/$(dpkg --print-architecture)/latest/amazon-cloudwatch-agent.deb" ||
        echo "the CloudWatch agent could not be installed; this node sends no metrics" >&2
fi
if [ -x "$agent" ]; then
    "$agent" -a fetch-config -m ec2 -s -c file:/opt/aws/amazon-cloudwatch-agent/etc/config.json
fi
