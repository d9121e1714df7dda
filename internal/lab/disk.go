package lab

import (
	"context"
	"fmt"
	"path"
	"strings"
)

// createDisk makes the volume under the kind's DataDisk: a folder of the host's
// disk, or with DiskMB an ext4 file system of that size in a file on a loop
// device, either with what the image has in its place. So a full disk is a real
// one, and its data survives the server's death.
func (s *Server) createDisk(ctx context.Context) error {
	s.loop = ""
	args := []string{"volume", "create", "--label", labelLab + "=" + s.lab.Name}
	if s.DiskMB > 0 {
		loop, err := s.diskHelper(ctx, `truncate -s "$2" "$1"; mkfs.ext4 -q -m 0 -d "$3" "$1"; losetup --find --show "$1"`, size(s.DiskMB), s.Kind.DataDisk())
		if err != nil {
			return fmt.Errorf("disk of %d MB: %w", s.DiskMB, err)
		}
		s.loop = loop
		args = append(args, "-o", "type=ext4", "-o", "device="+loop)
	}
	_, err := docker(ctx, append(args, s.volume())...)
	return err
}

// removeDisk undoes createDisk, as far as it came.
func (s *Server) removeDisk(ctx context.Context) error {
	if _, err := docker(ctx, "volume", "rm", "-f", s.volume()); err != nil {
		return err
	}
	if s.DiskMB == 0 && s.loop == "" {
		return nil
	}
	// A device is only detached while it still has this server's file.
	_, err := s.diskHelper(ctx, `for loop in $(losetup --noheadings --output NAME --associated "$1"); do losetup --detach "$loop"; done; rm -f "$1"`)
	s.loop = ""
	return err
}

// diskHelper runs a script about the server's disk; $1 is its file.
func (s *Server) diskHelper(ctx context.Context, script string, args ...string) (string, error) {
	disks := "belt-" + s.labName + disksSuffix
	if _, err := docker(ctx, "volume", "create", "--label", labelLab+"="+s.labName, disks); err != nil {
		return "", err
	}
	return withDisks(ctx, s.image, disks, script, append([]string{"/disks/" + s.Container + ".img"}, args...)...)
}

// disksSuffix ends the name of the volume with the files of a lab's small disks.
const disksSuffix = "-disks"

// withDisks runs a script with the host's loop devices, and the volume at
// /disks, in a container of its own: so the caller needs no right but Docker's.
func withDisks(ctx context.Context, image, disks, script string, args ...string) (string, error) {
	run := []string{"run", "--rm", "--network", "none",
		"--cap-add", "SYS_ADMIN", "--security-opt", "apparmor=unconfined",
		"--device-cgroup-rule", "b 7:* rmw", "--device-cgroup-rule", "c 10:237 rmw", // loop devices, loop-control
		"-v", "/dev:/dev", "-v", disks + ":/disks", image, "sh", "-euc", script, "sh"}
	return docker(ctx, append(run, args...)...)
}

// removeDisks removes all volumes of a lab whose containers are gone.
func removeDisks(ctx context.Context, lab string) error {
	out, err := docker(ctx, "volume", "ls", "-q", "--filter", "label="+labelFilter(lab))
	if err != nil || out == "" {
		return err
	}
	var disks, rest []string
	for _, volume := range lines(out) {
		if strings.HasSuffix(volume, disksSuffix) {
			disks = append(disks, volume)
		} else {
			rest = append(rest, volume)
		}
	}
	if len(rest) > 0 {
		if _, err := docker(ctx, append([]string{"volume", "rm", "-f"}, rest...)...); err != nil {
			return err
		}
	}
	for _, volume := range disks {
		if err := detachAll(ctx, volume); err != nil {
			return err
		}
		if _, err := docker(ctx, "volume", "rm", "-f", volume); err != nil {
			return err
		}
	}
	return nil
}

// detachAll frees the loop devices under the files of a volume.
func detachAll(ctx context.Context, disks string) error {
	images, err := docker(ctx, "images", "-q", "--filter", "label="+labelLab+".image="+bareServer.name)
	if err != nil {
		return err
	}
	if images == "" {
		return fmt.Errorf("volume %s: no image of the lab is left to free its loop devices: labctl images builds one", disks)
	}
	_, err = withDisks(ctx, lines(images)[0], disks, `
		for disk in /disks/*.img; do
		  for loop in $(losetup --noheadings --output NAME --associated "$disk"); do losetup --detach "$loop"; done
		done`)
	return err
}

// fillFile is what takes up the space of a disk made full.
const fillFile = ".lab-fill"

// FillDisk takes up space on the disk of the folder dir until only leaveMB are
// free. It refuses where more than 8 GB would go: that is the host's disk, and
// the server needs a DiskMB.
func (s *Server) FillDisk(ctx context.Context, dir string, leaveMB int) error {
	_, err := s.Exec(ctx, `
		set -eu
		rm -f "$1"
		free=$(df --output=avail -B 1M "$(dirname "$1")" | tail -n 1)
		take=$((free - $2))
		[ "$take" -gt 0 ] || exit 0
		[ "$take" -le 8192 ] || { echo "$free MB are free: give the server a DiskMB" >&2; exit 1; }
		fallocate -l "${take}M" "$1"`, path.Join(dir, fillFile), fmt.Sprint(leaveMB))
	return err
}

// FreeDisk undoes FillDisk.
func (s *Server) FreeDisk(ctx context.Context, dir string) error {
	_, err := s.Exec(ctx, `rm -f "$1"`, path.Join(dir, fillFile))
	return err
}
