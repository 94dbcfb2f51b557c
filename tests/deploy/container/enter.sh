# Becomes a container: its own view of files, the image's folder as a root that cannot be written, and
# on it what is mounted. Called in new mount and pid namespaces.
#   enter.sh ROOT LOCAL MOUNTS COMMAND...
# LOCAL is its /usr/local; MOUNTS a file of lines `bind|ro|tmpfs<TAB>SOURCE or OPTIONS<TAB>TARGET`.
set -eu
root=$1 local=$2 mounts=$3
shift 3
mount --make-rprivate /
mount --bind "$root" "$root"
# The base image: the system's programs and libraries. Its own are in /usr/local, where Deno is.
for folder in usr bin sbin lib lib64; do
  if [ -d "/$folder" ] && [ ! -L "/$folder" ]; then
    mount --rbind "/$folder" "$root/$folder"
    mount -o remount,bind,ro "$root/$folder"
  fi
done
mount --bind "$local" "$root/usr/local"
mount -o remount,bind,ro "$root/usr/local"
mount --rbind /sys "$root/sys"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom; do
  : > "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mount -o remount,bind,ro "$root/dev"
tab=$(printf '\t')
while IFS=$tab read -r kind source target; do
  case $kind in
    tmpfs) mount -t tmpfs -o "$source" tmpfs "$root$target" ;;
    bind) mount --bind "$source" "$root$target" ;;
    ro)
      mount --bind "$source" "$root$target"
      mount -o remount,bind,ro "$root$target"
      ;;
  esac
done < "$mounts"
mount -o remount,bind,ro "$root"
cd "$root"
pivot_root . mnt
umount -l /mnt
cd /
exec "$@"
