package ostest

import (
	"net/http"
	"strings"
)

// about is what Incus says of itself; to strangers it says less.
func (h *Host) about(w http.ResponseWriter, member string) {
	answer := map[string]any{"api_version": "1.0", "auth": "trusted", "api_extensions": []string{"projects", "network", "storage", "network_acl"}, "config": h.Config}
	name := h.Name
	if member != "" {
		name = member
	}
	answer["environment"] = map[string]any{
		"server": "incus", "server_name": name, "server_version": "6.17", "server_pid": h.pid, "server_clustered": len(h.Members) > 0,
		"os_name": h.OSName, "os_version": "202603100000", "certificate_fingerprint": h.Fingerprint(),
	}
	if h.stranger {
		answer = map[string]any{"api_version": "1.0", "auth": "untrusted"}
	}
	reply(w, answer)
}

// incus answers what concerns Incus itself.
func (h *Host) incus(w http.ResponseWriter, r *http.Request, member string) {
	path := r.URL.Path
	switch {
	case path == "/1.0":
		h.about(w, member)
	case h.stranger:
		refuse(w, http.StatusForbidden, "not authorized")
	case strings.HasPrefix(path, "/1.0/certificates/"):
		reply(w, map[string]any{"restricted": h.Restricted})
	case path == "/1.0/cluster/members":
		var urls []string
		for _, name := range h.Members {
			urls = append(urls, "/1.0/cluster/members/"+name)
		}
		reply(w, urls)
	case path == "/1.0/projects":
		reply(w, []any{map[string]any{"name": "default", "config": map[string]string{"features.profiles": "true", "features.networks": "true"}}})
	case path == "/1.0/profiles":
		reply(w, []any{map[string]any{"name": "default", "devices": map[string]any{"root": map[string]string{"type": "disk", "path": "/", "pool": "local"}}}})
	case path == "/1.0/storage-pools":
		reply(w, []any{map[string]any{"name": "local", "driver": "btrfs", "config": map[string]string{"source": "/var/lib/incus/disks/local.img", "size": "3GiB", "volatile.initial_source": "x"}}})
	case path == "/1.0/networks":
		reply(w, []any{
			map[string]any{"name": "lan", "type": "bridge", "managed": true, "config": map[string]string{"ipv4.address": "10.1.1.1/24", "volatile.bridge.hwaddr": "00:16"}},
			map[string]any{"name": "eth0", "type": "physical", "managed": false},
		})
	case path == "/1.0/network-acls":
		reply(w, []any{map[string]any{"name": "web", "ingress": []any{map[string]any{"action": "allow", "protocol": "tcp", "destination_port": "443", "state": "enabled"}}}})
	default:
		refuse(w, http.StatusNotFound, "not found")
	}
}
