package remote

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"
)

// siblingsLine begins the line, before the certificate in a file of servers/, that tells the addresses of the members of the server's
// cluster: all of them show the one certificate. What reads certificates goes over it.
const siblingsLine = "cluster members: "

// siblings asks a server that is a cluster for the addresses of its members. One that is none, or does not tell, has none.
func siblings(client incus.InstanceServer, server *api.Server) []string {
	if !server.Environment.ServerClustered {
		return nil
	}
	members, err := client.GetClusterMembers()
	if err != nil {
		return nil
	}
	var list []string
	for _, member := range members {
		if l, err := newLink(anySide, member.URL); err == nil {
			list = append(list, l.url())
		}
	}
	slices.Sort(list)
	return list
}

// withSiblings is what is pinned of a server: its certificate, behind the addresses of its cluster's members.
func withSiblings(certPEM string, list []string) string {
	if len(list) == 0 {
		return certPEM
	}
	return siblingsLine + strings.Join(list, " ") + "\n" + certPEM
}

// siblingsIn reads the addresses back.
func siblingsIn(pin string) []string {
	line, _, _ := strings.Cut(pin, "\n")
	list, ok := strings.CutPrefix(line, siblingsLine)
	if !ok {
		return nil
	}
	return strings.Fields(list)
}

// siblingPin returns what is pinned of another member of the same cluster. The cluster itself has told that they belong together.
func (l link) siblingPin(dir string) ([]byte, error) {
	files, err := filepath.Glob(filepath.Join(globbed(dir), pinDir, "*.pem"))
	if err != nil {
		return nil, fs.ErrNotExist
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err == nil && slices.Contains(siblingsIn(string(data)), l.url()) {
			return data, nil
		}
	}
	return nil, fs.ErrNotExist
}

// globbed is a path in which no character means anything to Glob.
func globbed(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// orSibling says of a server that is not reached and is one of a cluster where the others are.
func (l link) orSibling(pin string, err error) error {
	var e *Error
	others := slices.DeleteFunc(siblingsIn(pin), func(url string) bool { return url == l.url() })
	if !errors.As(err, &e) || e.Kind != Unreachable || len(others) == 0 {
		return err
	}
	other := *e
	other.Hint = "it is one member of a cluster: start it, or put the address of another member into the config: " + strings.Join(others, ", ")
	return &other
}
