package lab

import (
	"context"
	"fmt"

	"github.com/lxc/incus/v6/shared/api"
)

// Token returns a trust token as `incus config trust add` prints it, good for one client. With projects, the client
// will be restricted to them.
func (d *Daemon) Token(ctx context.Context, name string, restrictedProjects ...string) (string, error) {
	req := api.CertificatesPost{Token: true}
	req.Name, req.Type = name, api.CertificateTypeClient
	req.Restricted, req.Projects = len(restrictedProjects) > 0, restrictedProjects
	if err := ctx.Err(); err != nil {
		return "", fmt.Errorf("make token %s: %w", name, err)
	}
	op, err := d.Client().CreateCertificateToken(req)
	if err != nil {
		return "", fmt.Errorf("make token %s: %w", name, err)
	}
	operation := op.Get()
	token, err := operation.ToCertificateAddToken()
	if err != nil {
		return "", fmt.Errorf("make token %s: %w", name, err)
	}
	return token.String(), nil
}
