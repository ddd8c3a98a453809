package lab

import (
	"fmt"
	"os/exec"
	"strings"

	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"
)

// CreateNetwork creates a managed network that instances can use as a NIC's "network", and run with. Networks of one
// lab share a bridge that leads nowhere, with no DHCP and no addresses.
func (d *Daemon) CreateNetwork(name string) error {
	bridge := d.lab.keeper.rec.bridge()
	if err := makeBridge(bridge); err != nil {
		return fmt.Errorf("create network %s: %w", name, err)
	}
	req := api.NetworksPost{Name: name, Type: "macvlan"}
	req.Config = map[string]string{"parent": bridge}
	err := d.onEveryMember(func(member incus.InstanceServer) error { return member.CreateNetwork(req) })
	if err == nil {
		if len(d.members) > 0 {
			req.Config = nil // every member has its own
		}
		err = d.Client().CreateNetwork(req)
	}
	if err != nil {
		return fmt.Errorf("create network %s: %w", name, err)
	}
	return nil
}

// makeBridge makes sure that the bridge is there. Two daemons may ask at once, so it tries before it looks.
func makeBridge(name string) error {
	out, err := exec.Command(toolPath("ip"), "link", "add", name, "up", "type", "bridge").CombinedOutput()
	if err != nil && !exists("/sys/class/net/"+name) {
		return fmt.Errorf("make bridge %s: %w: %s", name, err, strings.TrimSpace(string(out)))
	}
	return nil
}
