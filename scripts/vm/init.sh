#!/bin/busybox sh
# First process of the guest: the host's files, read-only under a layer of memory, and the cameras of vivid.
/bin/busybox --install -s /bin
export PATH=/bin:/sbin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
while read -r module; do insmod "/modules/$module" || echo "VM: $module does not load"; done < /modules/list
for kind in host layer; do mkdir -p "/$kind"; done
mkdir -p /booth
mount -t 9p -o trans=virtio,version=9p2000.L,msize=1048576,cache=loose,ro host /host
mount -t tmpfs -o size=60% layer /layer
mkdir /layer/upper /layer/scratch
mount -t overlay -o lowerdir=/host,upperdir=/layer/upper,workdir=/layer/scratch overlay /booth
for kind in proc sys dev; do mount --move "/$kind" "/booth/$kind"; done
mount -t tmpfs tmp /booth/tmp
echo "VM: up after $(cut -d' ' -f1 /booth/proc/uptime) s, $(ls /booth/dev | grep -c '^video') video nodes"
chroot /booth /bin/sh -c "cd '$(sed 's/.*booth\.root=\([^ ]*\).*/\1/' /booth/proc/cmdline)' && HOME=/tmp PATH=$PATH:/usr/bin:/usr/local/bin \
  .venv/bin/python -m pytest -p no:cacheprovider $(cat /tests)"
echo "VM: ended with $?"
chroot /booth /bin/busybox poweroff -f
