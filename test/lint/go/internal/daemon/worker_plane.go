package daemon

type Lease struct {
	Active        bool
	DispatchCount int
}

func (d *Daemon) acquire(id string) *Lease {
	lease := &Lease{Active: true}
	d.workerLeases[id] = lease
	return lease
}

func (d *Daemon) dispatch(id string) {
	lease := d.workerLeases[id]
	lease.DispatchCount = lease.DispatchCount + 1
}
