#!/bin/sh
# Start a small real Slurm "cluster" on this one machine: no systemd, run as root.
# Idempotent: daemons already up are left alone. N emulated nodes = N slurmds on loopback.
#   SLURM_BASE  state folder  (default ${TMPDIR:-/tmp}/slurm-onebox; an absolute path shorter than ~60 chars)
#   NODES CPUS MEM            (default 4 nodes, 4 CPUs each, MB memory each 4000; may exceed the hardware)
# Afterwards:  . $SLURM_BASE/env.sh ; sinfo
set -eu
BASE=${SLURM_BASE:-${TMPDIR:-/tmp}/slurm-onebox}; N=${NODES:-4}; C=${CPUS:-4}; M=${MEM:-4000}
CTLD_PORT=${CTLD_PORT:-16817}; SLURMD_PORT0=${SLURMD_PORT0:-17000}
export PATH="$PATH:/usr/sbin:/sbin"

mkdir -p "$BASE/run" "$BASE/log" "$BASE/ctld"; chmod 755 "$BASE" "$BASE/run"
alive() { [ -s "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null && grep -q "$2" "/proc/$(cat "$1")/comm"; }

# 1. munge with its own key and socket (nothing in /etc or /run is touched)
[ -s "$BASE/munge.key" ] || { (umask 077; head -c 1024 /dev/urandom >"$BASE/munge.key"); }
if ! alive "$BASE/run/munged.pid" munged; then
  munged --force --key-file="$BASE/munge.key" --socket="$BASE/run/munge.sock" \
    --pid-file="$BASE/run/munged.pid" --log-file="$BASE/log/munged.log" --seed-file="$BASE/run/munge.seed" 2>/dev/null
fi

# 2. configuration (rewritten only while slurmctld is down)
HOST=$(hostname -s)
if ! alive "$BASE/run/slurmctld.pid" slurmctld; then
cat >"$BASE/slurm.conf" <<CONF
ClusterName=onebox
SlurmctldHost=$HOST(127.0.0.1)
SlurmctldPort=$CTLD_PORT
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# cred_expire is also how long a requeued job waits (120 s by default)
AuthInfo=socket=$BASE/run/munge.sock,cred_expire=10
CredType=cred/munge
# no cgroups, no accounting database
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$BASE/log/jobcomp.txt
MpiDefault=none
SwitchType=switch/none
# believe the NodeName lines, not the hardware
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
# react in seconds, not minutes
SchedulerParameters=sched_interval=5,bf_interval=5,batch_sched_delay=0,sched_min_interval=0
ReturnToService=2
SlurmctldTimeout=60
SlurmdTimeout=60
InactiveLimit=0
KillWait=5
OverTimeLimit=0
MinJobAge=300
BatchStartTimeout=60
MessageTimeout=30
JobRequeue=1
StateSaveLocation=$BASE/ctld
# emulated nodes share /tmp: give each its own, or pmix steps across nodes collide
TmpFS=$BASE/tmp.%n
SlurmdSpoolDir=$BASE/spool.%n
SlurmctldPidFile=$BASE/run/slurmctld.pid
SlurmdPidFile=$BASE/run/slurmd.%n.pid
SlurmctldLogFile=$BASE/log/slurmctld.log
SlurmdLogFile=$BASE/log/slurmd.%n.log
SlurmctldDebug=verbose
SlurmdDebug=verbose
CONF
i=1; while [ $i -le "$N" ]; do
  echo "NodeName=n$i NodeHostname=$HOST NodeAddr=127.0.0.1 Port=$((SLURMD_PORT0+i)) CPUs=$C Boards=1 SocketsPerBoard=1 CoresPerSocket=$C ThreadsPerCore=1 RealMemory=$M State=UNKNOWN"
  i=$((i+1)); done >>"$BASE/slurm.conf"
echo "PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE DefaultTime=60 DefMemPerCPU=500 OverSubscribe=NO State=UP" >>"$BASE/slurm.conf"
fi
echo "export SLURM_CONF=$BASE/slurm.conf PATH=\"\$PATH:/usr/sbin\"" >"$BASE/env.sh"
export SLURM_CONF="$BASE/slurm.conf"

# 3. controller, then one slurmd per node
alive "$BASE/run/slurmctld.pid" slurmctld || slurmctld
i=1; while [ $i -le "$N" ]; do
  mkdir -p "$BASE/spool.n$i" "$BASE/tmp.n$i"
  alive "$BASE/run/slurmd.n$i.pid" slurmd || slurmd -N "n$i"
  i=$((i+1)); done

# 4. wait until every node is idle or busy
t=0; until [ "$(sinfo -h -N -t idle,alloc,mix -o %N 2>/dev/null | wc -l)" -ge "$N" ]; do
  t=$((t+1)); [ $t -gt 300 ] && { sinfo -N -l; echo "nodes not up, see $BASE/log" >&2; exit 1; }; sleep 0.1; done
sinfo
