# Enters a node's scratch root, in a mount namespace of its own: node.sh ROOT BINDS COMMAND …
# The programs are this machine's; /etc, /var, /usr/local and the rest are the node's. BINDS: more folders of this machine,
# with colons between them.
set -eu
root=$1 binds=$2
shift 2
bind() {
    mkdir -p "$root$1"
    mount --rbind "$1" "$root$1"
}
for folder in bin sbin lib lib32 lib64; do
    if [ -L "/$folder" ]; then
        [ -L "$root/$folder" ] || cp -P "/$folder" "$root/$folder"
    elif [ -d "/$folder" ]; then
        bind "/$folder"
    fi
done
bind /usr
mount --bind "$root/own-local" "$root/usr/local"
bind /proc
for device in null zero full random urandom; do
    : >> "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
ln -sfn /proc/self/fd "$root/dev/fd"
old=$IFS
IFS=:
for folder in $binds; do bind "$folder"; done
IFS=$old
exec chroot "$root" /usr/bin/env -i PATH=/stand-ins:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"
