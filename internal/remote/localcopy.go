package remote

import (
	incus "github.com/lxc/incus/v6/client"
	"github.com/lxc/incus/v6/shared/api"
)

// copyVolume begins to copy a volume or a snapshot of one ("volume/snapshot"), without its history, into a new volume of the same
// server. The client's own way to do so waits for it by a request that may take as long as the copy.
func (c *projectClient) copyVolume(fromPool, from, toPool string, made api.StorageVolumesPost) (incus.Operation, error) {
	made.Type = "custom"
	made.Source = api.StorageVolumeSource{Type: "copy", Name: from, Pool: fromPool, VolumeOnly: true}
	return c.CreateStoragePoolVolumeFromMigration(toPool, made) // a post as every other: the source stands in it
}
