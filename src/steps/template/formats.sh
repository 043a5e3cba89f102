# A raw disk in the format of a VMM, the same bytes each time. Sourced by image.sh.
# shellcheck shell=bash
set -euo pipefail

in=${QBUILD_IN:-/in}

# emit_image DISK OUT: makes OUT/image, and what goes with it, in the format IMAGE_FORMAT; checks it.
emit_image() {
  local disk=$1 out=$2 image=$2/image
  case $IMAGE_FORMAT in
    raw)
      cp --sparse=always "$disk" "$image"
      return
      ;;
    qcow2) convert_disk "$disk" "$image" ;;
    # Dynamic, with blocks that are small enough to stay sparse.
    vhdx) convert_disk "$disk" "$image" subformat=dynamic,block_size=1M,block_state_zero=on ;;
    vdi) convert_disk "$disk" "$image" ;;
    vmdk)
      # The file's name is inside.
      convert_disk "$disk" "${disk%/*}/$IMAGE_NAME.vmdk" subformat=streamOptimized,adapter_type=lsilogic,hwversion=13
      mv "${disk%/*}/$IMAGE_NAME.vmdk" "$image"
      ;;
  esac
  perl "$in/container" "$IMAGE_FORMAT" "$DISK_ID" "$image"
  check_image "$disk" "$image"
  if [ "$IMAGE_FORMAT" = vmdk ]; then make_appliance "$image" "$out/appliance"; fi
}

convert_disk() {
  qemu-img convert -f raw -O "$IMAGE_FORMAT" ${3:+-o "$3"} "$1" "$2"
}

check_image() {
  local said
  said=$(qemu-img check -f "$IMAGE_FORMAT" "$2" 2>&1) ||
    refuse broken-image "qemu-img finds faults in the image: ${said//$'\n'/; }"
  holds_disk "$1" "$2" || refuse broken-image 'The image does not hold the disk that it was made of.'
}

# qemu-img knows no holes in VHDX and VDI, and would read every zero of them: of these the beginning is compared, with
# the partition table and all that firmware reads.
holds_disk() {
  local beginning=$PWD/beginning
  case $IMAGE_FORMAT in
    vhdx | vdi)
      qemu-img dd -f "$IMAGE_FORMAT" -O raw bs=1M "count=$((ROOT_START / 1048576 + 1))" "if=$2" "of=$beginning"
      cmp --quiet --bytes="$ROOT_START" "$1" "$beginning"
      ;;
    *) qemu-img compare -q -f raw -F "$IMAGE_FORMAT" "$1" "$2" ;;
  esac
}

# An OVA is a tar archive that begins with the descriptor (DMTF DSP0243, section 5.3).
make_appliance() {
  local dir=$PWD/appliance
  mkdir "$dir"
  ln "$1" "$dir/$IMAGE_NAME.vmdk" 2>/dev/null || cp "$1" "$dir/$IMAGE_NAME.vmdk"
  sed "s/@SIZE@/$(stat --format=%s "$1")/" "$in/appliance.ovf" >"$dir/$IMAGE_NAME.ovf"
  (
    cd "$dir"
    local file
    for file in "$IMAGE_NAME.ovf" "$IMAGE_NAME.vmdk"; do
      printf 'SHA256(%s)= %s\n' "$file" "$(sha256sum <"$file" | cut -d ' ' -f 1)"
    done >"$IMAGE_NAME.mf"
    tar --create --format=ustar --owner=root:0 --group=root:0 --numeric-owner --mode=0644 \
      --mtime="@$SOURCE_DATE_EPOCH" --file="$2" "$IMAGE_NAME.ovf" "$IMAGE_NAME.mf" "$IMAGE_NAME.vmdk"
  )
  rm -r "$dir"
}
