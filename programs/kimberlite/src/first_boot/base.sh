#!/bin/bash
# The first boot of Kimberlite node @NODE@ of @CLUSTER@. cloud-init runs it once in an instance's life, as root. It can be
# run again: every step finds what is done already, and what an earlier instance left on the volumes.
set -Eeuo pipefail
exec > >(tee -a /var/log/kimberlite-setup.log) 2>&1
export HOME="${HOME:-/root}" DEBIAN_FRONTEND=noninteractive

# One line for the console log, whatever stops the script.
step=start
stop() {
    trap - ERR
    echo "kimberlite: FIRST BOOT STOPPED at '$step': $1" >&2
    exit 1
}
trap 'stop "\`$BASH_COMMAND\` failed in line $LINENO"' ERR

# Prints the device of a volume by its id: device names depend on the order of attachment, ids do not. A volume that was
# made anew from a snapshot has another id and the label. Volumes are attached only once the instance runs.
device_of() {
    local id="/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${1//-/}" label="/dev/disk/by-label/$2" deadline=$((SECONDS + 600))
    until [ -e "$id" ] || [ -e "$label" ]; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 1
    done
    if [ -e "$id" ]; then readlink -f "$id"; else readlink -f "$label"; fi
}

# Mounts a volume at a folder, now and at every boot; formats it only if there is nothing on it.
mount_volume() {
    local volume="$1" folder="$2" label="$3" device uuid probe=0
    step="mount $folder"
    device="$(device_of "$volume" "$label")" ||
        stop "the volume $volume did not appear in 10 minutes; is it attached to this instance?"
    blkid -p "$device" || probe=$?
    case "$probe" in
        0) echo "$volume has a file system; it is kept" ;;
        2)
            # blkid says 2 also of what it cannot read: only a disk that is all zeros at its beginning is empty.
            cmp -s -n 1048576 "$device" /dev/zero ||
                stop "$volume has no file system, but is not empty either; it is not touched"
            mkfs.ext4 -q -L "$label" "$device"
            ;;
        *) stop "it is not clear what is on $volume (blkid says $probe); it is not touched" ;;
    esac
    uuid="$(blkid -p -s UUID -o value "$device")"
    mkdir -p "$folder"
    if ! grep -q "^UUID=$uuid " /etc/fstab; then
        sed -i "\\# $folder #d" /etc/fstab
        echo "UUID=$uuid $folder ext4 defaults,nofail,x-systemd.growfs 0 2" >> /etc/fstab
    fi
    systemctl daemon-reload
    mountpoint -q "$folder" || mount "$folder"
    # A volume that was made from a smaller snapshot has more room than its file system.
    resize2fs "$device" > /dev/null 2>&1 || echo "the file system on $volume keeps its size"
}

data=/var/lib/kimberlite/log
mount_volume @LOG_VOLUME@ "$data" kmb-log
mount_volume @PROJECTIONS_VOLUME@ /var/lib/kimberlite/projections kmb-projections
# The database has one data directory; its projections are on their own volume.
if [ ! -e "$data/projections.db" ] && [ ! -L "$data/projections.db" ]; then
    ln -s /var/lib/kimberlite/projections/projections.db "$data/projections.db"
fi

step=account
getent passwd kimberlite > /dev/null || useradd --system --home-dir /var/lib/kimberlite --shell /usr/sbin/nologin kimberlite
# What an earlier instance left may belong to another number: images do not agree on it.
for folder in "$data" /var/lib/kimberlite/projections; do
    [ "$(stat -c %U "$folder")" = kimberlite ] || chown -R kimberlite: "$folder"
done
mkdir -p /etc/kimberlite
install -d -o root -g kimberlite -m 750 /etc/kimberlite/tls

# Installs Debian packages: by file, or by name where they are missing.
apt() { timeout 600 apt-get -q -o DPkg::Lock::Timeout=300 "$@"; }
packages() {
    local wanted=() name
    for name in "$@"; do dpkg -s "$name" > /dev/null 2>&1 || wanted+=("$name"); done
    if [ "${#wanted[@]}" -gt 0 ]; then
        apt update || return 1
        apt install --yes "${wanted[@]}" || return 1
    fi
}
fetch() {
    curl --fail --silent --show-error --location --connect-timeout 10 --retry 5 --retry-all-errors --output "$2" "$1" ||
        stop "$1 cannot be fetched; does this subnet have a way to the internet?"
}

# Elections break when clocks are more than 500 ms apart: EC2's own time service keeps them together.
step=clock
command -v chronyd > /dev/null || packages chrony || echo "chrony could not be installed; watch this node's clock"
for folder in /etc/chrony/conf.d /etc/chrony.d; do
    if [ -d "$folder" ]; then
        printf 'server 169.254.169.123 prefer iburst minpoll 4 maxpoll 4\nmakestep 1.0 3\n' > "$folder/kimberlite.conf"
        systemctl restart chronyd.service || systemctl restart chrony.service || echo "chrony did not restart"
        break
    fi
done

@RELEASE@
step="try the release"
if [ ! -x /usr/local/bin/kimberlite ]; then
    command -v kimberlite > /dev/null || stop "what was installed brings no program 'kimberlite'"
    ln -sf "$(command -v kimberlite)" /usr/local/bin/kimberlite
fi
/usr/local/bin/kimberlite version ||
    stop "/usr/local/bin/kimberlite does not run on this image ($(. /etc/os-release && echo "$PRETTY_NAME"), $(uname -m)): the release may need a newer glibc; choose another image"
/usr/local/bin/kimberlite start --help || true

step=settings
cat > /etc/kimberlite/kimberlite.env <<'KIMBERLITE_ENV'
@ENV@
KIMBERLITE_ENV
cat > /etc/kimberlite/config.toml <<'KIMBERLITE_CONFIG'
@CONFIG@
KIMBERLITE_CONFIG

step="journal limits"
mkdir -p /etc/systemd/journald.conf.d
printf '[Journal]\nStorage=persistent\nSystemMaxUse=2G\nMaxRetentionSec=30day\n' > /etc/systemd/journald.conf.d/kimberlite.conf
systemctl restart systemd-journald.service

# Updates of libraries restart services by themselves on Ubuntu: not this one.
if [ -d /etc/needrestart/conf.d ]; then
    echo '$nrconf{override_rc}{qr(^kimberlite\.service$)} = 0;' > /etc/needrestart/conf.d/kimberlite.conf
fi

# The service starts only with its volumes mounted: never onto the root volume.
step=service
cat > /etc/systemd/system/kimberlite.service <<'KIMBERLITE_UNIT'
[Unit]
Description=Kimberlite node @NODE@
Wants=network-online.target
After=network-online.target chronyd.service chrony.service
RequiresMountsFor=/var/lib/kimberlite/log /var/lib/kimberlite/projections
AssertPathIsMountPoint=/var/lib/kimberlite/log
AssertPathIsMountPoint=/var/lib/kimberlite/projections

[Service]
User=kimberlite
EnvironmentFile=/etc/kimberlite/kimberlite.env
ExecStart=/usr/local/bin/kimberlite start --cluster --address @ADDRESS@:7000@ARGUMENTS@ /var/lib/kimberlite/log
Restart=on-failure
KillSignal=SIGTERM
TimeoutStopSec=30
LimitNOFILE=1048576
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
ReadWritePaths=/var/lib/kimberlite

[Install]
WantedBy=multi-user.target
KIMBERLITE_UNIT
systemctl daemon-reload
systemctl enable kimberlite.service
# A restart makes the database forget its tables: it is for a change alone.
stamp="$(sha256sum /usr/local/bin/kimberlite /etc/kimberlite/kimberlite.env /etc/systemd/system/kimberlite.service)"
if [ "$stamp" = "$(cat /etc/kimberlite/started 2> /dev/null)" ]; then
    systemctl start kimberlite.service
else
    systemctl restart kimberlite.service
    echo "$stamp" > /etc/kimberlite/started
fi
for _ in 1 2 3 4 5; do
    sleep 1
    systemctl is-active --quiet kimberlite.service ||
        stop "the database ended right after its start: $(journalctl -u kimberlite -n 3 -o cat | tr '\n' ' ')"
done

# No release reads certificates yet: the database does not wait for its own.
step=certificate
@CERTIFICATE@
@AGENT@
echo "kimberlite: first boot of node @NODE@ is done"
