# Unpacks a release archive or a Debian package, once its sum is right.
install_release() {
    local from="$1" sum="$2" list="$3" folder file
    folder="$(mktemp -d)"
    file="${from%%[?#]*}"
    file="$folder/${file##*/}"
    case "$from" in
        https://*) fetch "$from" "$file" ;;
        *) cp "$from" "$file" || stop "there is no $from on this image" ;;
    esac
    if [ -n "$list" ]; then
        fetch "$list" "$folder/SHA256SUMS"
        sum="$(awk -v name="${file##*/}" '$2 == name || $2 == "*" name { print $1 }' "$folder/SHA256SUMS")"
        [ -n "$sum" ] || stop "$list does not list ${file##*/}"
    fi
    if [ -n "$sum" ]; then
        echo "$sum  $file" | sha256sum --check --status ||
            stop "$from has the SHA-256 $(sha256sum < "$file" | cut -d ' ' -f 1), not $sum: it is not installed"
    fi
    case "$file" in
        *.deb)
            rm -f /usr/local/bin/kimberlite
            chmod 755 "$folder"
            apt update || echo "the lists of packages are not new"
            apt install --yes "$file"
            ;;
        *)
            python3 -m zipfile -e "$file" "$folder"
            install -m 755 "$folder/kimberlite" /usr/local/bin/kimberlite
            ;;
    esac
    rm -rf "$folder"
}
step="install the release"
release='@FROM@'
installed=/usr/local/share/kimberlite-release
if @KEEP@{ [ "$(cat "$installed" 2> /dev/null)" = "$release @SUM@" ] && [ -x /usr/local/bin/kimberlite ]; }; then
    echo "kimberlite is installed"
else
    install_release "@URL@" '@SUM@' "@LIST@"
    mkdir -p "${installed%/*}"
    echo "$release @SUM@" > "$installed"
fi
