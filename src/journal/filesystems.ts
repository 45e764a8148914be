/** Which filesystems are known to be local: to lock and to sync on this host what this host writes. */

/** Magic numbers of Linux `statfs(2)`. A filesystem that is not in here is not known to be local. */
const known: ReadonlyMap<number, { readonly name: string; readonly local: boolean }> = new Map([
  [0xef53, { name: "ext2/ext3/ext4", local: true }],
  [0x58465342, { name: "xfs", local: true }],
  [0x9123683e, { name: "btrfs", local: true }],
  [0xf2f52010, { name: "f2fs", local: true }],
  [0x2fc12fc1, { name: "zfs", local: true }],
  [0xca451a4e, { name: "bcachefs", local: true }],
  [0x3153464a, { name: "jfs", local: true }],
  [0x52654973, { name: "reiserfs", local: true }],
  // Local, but gone with the power: the journal is as durable as the directory it stands in.
  [0x01021994, { name: "tmpfs", local: true }],
  // Its upper layer, where the files are written, has to be a local filesystem of the kernel.
  [0x794c7630, { name: "overlayfs", local: true }],
  [0x6969, { name: "nfs", local: false }],
  [0x517b, { name: "smb", local: false }],
  [0xff534d42, { name: "cifs", local: false }],
  [0xfe534d42, { name: "smb2", local: false }],
  [0x01021997, { name: "9p", local: false }],
  [0x65735546, { name: "fuse or virtiofs", local: false }],
  [0x00c36400, { name: "ceph", local: false }],
  [0x5346414f, { name: "afs", local: false }],
  [0x73757245, { name: "coda", local: false }],
  [0x01161970, { name: "gfs2", local: false }],
  [0x7461636f, { name: "ocfs2", local: false }],
  [0x0bd00bd0, { name: "lustre", local: false }],
  [0x47504653, { name: "gpfs", local: false }],
  [0x786f4256, { name: "vboxsf", local: false }],
]);

export interface FilesystemKind {
  readonly name: string;
  readonly local: boolean;
}

export function filesystemKind(type: number): FilesystemKind {
  return (
    known.get(type >>> 0) ?? {
      name: `a filesystem of unknown type 0x${(type >>> 0).toString(16)}`,
      local: false,
    }
  );
}
