package lab

import (
	"github.com/lxc/incus/v6/shared/api"
)

// RemoveProject removes a project with all that is in it, and ends what runs there. It does what can be done: what a test has
// torn may stay, and then the project stays too.
func (d *Daemon) RemoveProject(name string) {
	server := d.Project(name)
	if instances, err := server.GetInstances(api.InstanceTypeAny); err == nil {
		for _, instance := range instances {
			if instance.StatusCode == api.Frozen {
				d.setQuietly(name, instance.Name, "unfreeze")
			}
			d.setQuietly(name, instance.Name, "stop")
			if op, err := server.DeleteInstance(instance.Name); err == nil {
				_ = op.Wait()
			}
		}
	}
	pools, _ := server.GetStoragePoolNames()
	for _, pool := range pools {
		volumes, err := server.GetStoragePoolVolumesWithFilter(pool, []string{"type=custom"})
		if err != nil {
			continue
		}
		for _, volume := range volumes {
			_ = server.DeleteStoragePoolVolume(pool, "custom", volume.Name)
		}
	}
	_ = d.Client().DeleteProject(name)
}

// setQuietly changes the state of an instance by force.
func (d *Daemon) setQuietly(project, name, action string) {
	put := api.InstanceStatePut{Action: action, Force: true, Timeout: -1}
	if op, err := d.Project(project).UpdateInstanceState(name, put, ""); err == nil {
		_ = op.Wait()
	}
}
