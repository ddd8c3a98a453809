package remote

import (
	"context"
	"net/http"
	"slices"

	"github.com/lxc/incus/v6/shared/api"

	"iab/internal/plan"
)

// lead lets what uses a volume that a restore has replaced use the one that has its name now: a server that renames a volume renames it
// in the devices of instances and profiles, too (seen on 6.0.4). What a restore keeps itself, and what is on standby, stays with
// the volume that it had.
func (c *projectClient) lead(ctx context.Context, ref plan.Ref) error {
	kept, err := c.keptOf(ctx, ref)
	if err != nil || len(kept) == 0 {
		return err
	}
	instances, err := c.GetInstances(api.InstanceTypeAny)
	if err != nil {
		return err
	}
	for _, instance := range instances {
		if instance.Config[plan.MarkKept] != "" || instance.Config[plan.MarkRole] == plan.RoleStandby || !uses(instance.Devices, ref.Pool, kept) {
			continue
		}
		if err := raced(ctx, func() error { return c.leadInstance(ctx, instance.Name, ref, kept) }); err != nil {
			return err
		}
	}
	profiles, err := c.GetProfiles()
	if err != nil {
		return err
	}
	for _, profile := range profiles {
		if !uses(profile.Devices, ref.Pool, kept) {
			continue
		}
		if err := raced(ctx, func() error { return c.leadProfile(profile.Name, ref, kept) }); err != nil {
			return err
		}
	}
	return nil
}

// keptOf lists the volumes that restores have replaced and keep of the ref. They are found by their names, since a server takes long to tell
// what all volumes are.
func (c *projectClient) keptOf(ctx context.Context, ref plan.Ref) ([]string, error) {
	var names, kept []string
	err := c.eachVolumeName(ctx, ref.Pool, func(name string) {
		if plan.IsKeptName(name) {
			names = append(names, name)
		}
	})
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		volume, _, err := c.GetStoragePoolVolume(ref.Pool, "custom", name)
		switch {
		case api.StatusErrorCheck(err, http.StatusNotFound):
		case err != nil:
			return nil, err
		case volume.Config[plan.MarkKept] == ref.String():
			kept = append(kept, name)
		}
	}
	return kept, nil
}

func (c *projectClient) leadInstance(ctx context.Context, name string, ref plan.Ref, kept []string) error {
	instance, etag, err := c.GetInstance(name)
	if err != nil {
		return err
	}
	put := instance.Writable()
	rename(put.Devices, ref, kept)
	op, err := c.UpdateInstance(name, put, etag)
	if err != nil {
		return err
	}
	return c.ended(ctx, op, nil)
}

func (c *projectClient) leadProfile(name string, ref plan.Ref, kept []string) error {
	profile, etag, err := c.GetProfile(name)
	if err != nil {
		return err
	}
	put := profile.Writable()
	rename(put.Devices, ref, kept)
	return c.UpdateProfile(name, put, etag)
}

// uses reports whether a device attaches one of the volumes of a pool.
func uses(devices map[string]map[string]string, pool string, volumes []string) bool {
	for _, device := range devices {
		if device["type"] == "disk" && device["pool"] == pool && slices.Contains(volumes, device["source"]) {
			return true
		}
	}
	return false
}

// rename lets devices that attach one of the volumes attach the ref instead.
func rename(devices map[string]map[string]string, ref plan.Ref, volumes []string) {
	for _, device := range devices {
		if device["type"] == "disk" && device["pool"] == ref.Pool && slices.Contains(volumes, device["source"]) {
			device["source"] = ref.Name
		}
	}
}
