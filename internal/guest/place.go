package guest

import (
	"bytes"
	"os"
	"slices"
)

// places are where a container of Incus is told what it is: systemd writes the first down for everybody, and the
// second is the environment of the first process, which root may read.
var places = []string{"/run/systemd/container", "/proc/1/environ"}

// Container reports whether this process runs in a container of Incus, its guest API being on or off, as far as that can be
// seen: a virtual machine without the guest API can't be told from any other.
func Container() bool {
	return slices.ContainsFunc(places, func(path string) bool {
		data, err := os.ReadFile(path)
		if err != nil {
			return false
		}
		data = bytes.TrimSpace(data)
		return string(data) == "lxc" || slices.ContainsFunc(bytes.Split(data, []byte{0}), func(v []byte) bool { return string(v) == "container=lxc" })
	})
}
