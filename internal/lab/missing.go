package lab

import (
	"debug/elf"
	"os"
	"os/exec"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

type lack struct{ what, pkg string }

// Missing lists what this machine lacks for a lab, each with the Debian package that has it. It is empty when a lab
// can run, and only looks.
func Missing() []string {
	var out []string
	for _, l := range lacks() {
		if l.pkg == "" {
			out = append(out, l.what)
			continue
		}
		out = append(out, l.what+" (package "+l.pkg+")")
	}
	return out
}

// MissingPackages lists the Debian packages that would mend Missing, as far as packages can.
func MissingPackages() []string {
	var out []string
	for _, l := range lacks() {
		if l.pkg != "" && !slices.Contains(out, l.pkg) {
			out = append(out, l.pkg)
		}
	}
	return out
}

func lacks() []lack {
	var out []lack
	need := func(ok bool, what, pkg string) {
		if !ok {
			out = append(out, lack{what, pkg})
		}
	}
	need(os.Geteuid() == 0, "root rights", "")
	need(incusdPath() != "", "incusd", "incus-base")
	for _, tool := range []lack{
		{"incus", "incus-client"}, {"btrfs", "btrfs-progs"}, {"mkfs.btrfs", "btrfs-progs"}, {"tar", "tar"}, {"sh", "dash"},
		{"unshare", "util-linux"}, {"nsenter", "util-linux"}, {"mount", "mount"}, {"ip", "iproute2"}, {"find", "findutils"}, {"rm", "coreutils"},
	} {
		need(toolPath(tool.what) != "", tool.what, tool.pkg)
	}
	need(staticBusybox() != "", "a static busybox", "busybox-static")
	need(hasBtrfs(), "a kernel with btrfs", "")
	need(exists("/dev/loop-control"), "loop devices", "")
	need(len(groupParents()) > 0, "mounted control groups", "")
	return out
}

func incusdPath() string {
	for _, path := range []string{"/usr/libexec/incus/incusd", "/usr/lib/incus/incusd", "/opt/incus/bin/incusd"} {
		if exists(path) {
			return path
		}
	}
	return toolPath("incusd")
}

// toolPath finds a program also where the PATH of an ordinary user does not look.
func toolPath(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	for _, dir := range []string{"/usr/sbin/", "/sbin/"} {
		if exists(dir + name) {
			return dir + name
		}
	}
	return ""
}

// staticBusybox is the path of a busybox that runs in a root file system without libraries.
func staticBusybox() string {
	path := toolPath("busybox")
	if path == "" {
		return ""
	}
	f, err := elf.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return ""
		}
	}
	return path
}

func hasBtrfs() bool {
	data, err := os.ReadFile("/proc/filesystems")
	if err == nil && slices.Contains(strings.Fields(string(data)), "btrfs") {
		return true
	}
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return false
	}
	// mount loads the module when it is there.
	modules, err := os.ReadFile("/lib/modules/" + unix.ByteSliceToString(name.Release[:]) + "/modules.dep")
	return err == nil && strings.Contains(string(modules), "/btrfs.ko")
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
