#!/usr/bin/env bash
# The driver of UVC cameras over the kernel's own test device, vivid, in a guest that needs neither KVM nor an image: it
# runs on this machine's files, read-only. Wants: qemu-system-x86 busybox-static kmod cpio (Debian 12, 13).
set -euo pipefail
cd "$(dirname "$0")/../.."
ROOT=$PWD
ALL="tests/drivers/test_uvc_camera.py tests/drivers/test_isolated_camera.py -k 'ThisMachine or IsolatedUvc'"
TESTS=${*:-$ALL}  # arguments are pytest's, quoted once more: the guest's shell reads them again
BUILD=build/vm
GIVE_UP_AFTER_S=${GIVE_UP_AFTER_S:-600}

for program in qemu-system-x86_64 busybox depmod modprobe cpio apt-get dpkg; do
    command -v "$program" >/dev/null || { echo "needs $program; as root: apt-get install qemu-system-x86 busybox-static kmod cpio" >&2; exit 3; }
done
mkdir -p "$BUILD"

if ! ls "$BUILD"/kernel/boot/vmlinuz-* >/dev/null 2>&1; then
    package=$(apt-cache depends linux-image-amd64 | awk '/Depends: linux-image/ {print $2; exit}')
    echo "fetching $package"
    (cd "$BUILD" && apt-get download -qq "$package" && dpkg -x linux-image-*.deb kernel && rm linux-image-*.deb)
fi
release=$(ls "$BUILD/kernel/lib/modules")
[ -e "$BUILD/kernel/lib/modules/$release/modules.dep" ] || depmod -b "$BUILD/kernel" "$release"

rm -rf "$BUILD/initrd"
mkdir -p "$BUILD"/initrd/{bin,modules,proc,sys,dev}
cp "$(command -v busybox)" "$BUILD/initrd/bin/"
install -m 755 scripts/vm/init.sh "$BUILD/initrd/init"
echo "$TESTS" >"$BUILD/initrd/tests"
for module in virtio_pci 9pnet_virtio 9p overlay vivid; do
    modprobe -d "$ROOT/$BUILD/kernel" -S "$release" --show-depends "$module"
done | awk '$1 == "insmod" && !seen[$2]++ {print $2}' | while read -r path; do
    cp "$path" "$BUILD/initrd/modules/"
    basename "$path" >>"$BUILD/initrd/modules/list"
done
(cd "$BUILD/initrd" && find . | cpio -o -H newc --quiet | gzip -1) >"$BUILD/initrd.gz"

timeout -k 5 "$GIVE_UP_AFTER_S" qemu-system-x86_64 \
    -accel tcg,thread=multi -cpu max -m 2048 -smp 2 -nographic -no-reboot -nodefaults -serial stdio \
    -kernel "$BUILD/kernel/boot/vmlinuz-$release" -initrd "$BUILD/initrd.gz" \
    -virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap \
    -append "console=ttyS0 panic=-1 quiet mitigations=off booth.root=$ROOT" </dev/null | tee "$BUILD/log"
tr -d '\r' <"$BUILD/log" | grep -q '^VM: ended with 0$'
