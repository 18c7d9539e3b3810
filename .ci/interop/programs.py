"""The programs under test and the proxies, as processes that end with this one."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from wire import free_port


class World:
    """A folder, the processes that were started, and where our programs are."""

    def __init__(self, programs, folder):
        self.programs, self.folder, self.running = programs, folder, []

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), 'w') as file:
            file.write(text)
        return self.path(name)

    def start(self, name, command, stdout=subprocess.DEVNULL):
        with open(self.path(name + '.log'), 'ab') as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=log,
                                       cwd=self.folder)
        self.running.append(process)
        return process

    def log(self, name):
        with open(self.path(name + '.log'), errors='replace') as file:
            return file.read()

    def stop(self):
        for process in reversed(self.running):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.running:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def echo(self, name, *flags):
        """Starts echo; its port."""
        command = [os.path.join(self.programs, 'echo'), '127.0.0.1:0', *flags]
        process = self.start(name, command, stdout=subprocess.PIPE)
        return int(process.stdout.readline().decode().rsplit(':', 1)[1])

    def fetch(self, *arguments):
        """Output, errors and exit status of fetch."""
        command = [os.path.join(self.programs, 'fetch'), *arguments]
        done = subprocess.run(command, capture_output=True, timeout=60)
        return done.stdout, done.stderr.decode(), done.returncode

    def fetch_json(self, *arguments):
        """One value for each URL."""
        output, errors, status = self.fetch('--json', *arguments)
        assert status == 0, errors
        return [json.loads(line) for line in output.decode().splitlines()]

    def ready(self, name, process, ports):
        for port in ports:
            end = time.monotonic() + 15
            while True:
                try:
                    socket.create_connection(('127.0.0.1', port), timeout=1).close()
                    break
                except OSError:
                    assert process.poll() is None, f'{name} ended: {self.log(name)}'
                    assert time.monotonic() < end, f'{name} does not listen: {self.log(name)}'
                    time.sleep(0.02)

    def nginx(self, name, sites):
        """Starts nginx with one server for each (upstream's port, upstream's and location's
        settings); their ports."""
        servers, ports = '', []
        for number, (upstream, pool, location) in enumerate(sites):
            ports.append(free_port())
            servers += f'''
    upstream echo{number} {{ server 127.0.0.1:{upstream}; {pool} }}
    server {{
        listen 127.0.0.1:{ports[-1]};
        location / {{ proxy_pass http://echo{number}; {location} }}
    }}'''
        kinds = ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi')
        folders = ' '.join(f'{kind}_temp_path {self.path(f"{name}-{kind}")};' for kind in kinds)
        config = self.write(name + '.conf', f'''
daemon off; master_process off; pid {self.path(name + '.pid')}; error_log stderr warn;
events {{ worker_connections 512; }}
http {{
    access_log off; client_max_body_size 0; {folders}
    map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}{servers}
}}
''')
        command = [shutil.which('nginx'), '-c', config, '-p', self.folder, '-e', 'stderr']
        self.ready(name, self.start(name, command), ports)
        return ports

    def haproxy(self, name, sites):
        """Starts HAProxy with one proxy for each (server's port, server's settings); their ports."""
        proxies, ports = '', []
        for number, (server, settings) in enumerate(sites):
            ports.append(free_port())
            proxies += f'''
listen site{number}
    bind 127.0.0.1:{ports[-1]}
    server echo 127.0.0.1:{server} {settings}
'''
        config = self.write(name + '.conf', f'''
global
    maxconn 256
    nbthread 1
defaults
    mode http
    http-reuse always
    option http-no-delay
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout http-keep-alive 30s
{proxies}''')
        process = self.start(name, [shutil.which('haproxy'), '-db', '-f', config])
        self.ready(name, process, ports)
        return ports

    def squid(self, name, settings):
        """Starts Squid; its port."""
        port = free_port()
        # Started as root, it becomes this user.
        os.chmod(self.folder, 0o755)
        spool = self.path(name)
        os.mkdir(spool)
        os.chmod(spool, 0o777)
        config = self.write(name + '.conf', f'''
http_port 127.0.0.1:{port}
pid_filename {spool}/pid
cache_log {spool}/cache.log
access_log none
cache deny all
cache_effective_user proxy
coredump_dir {spool}
shutdown_lifetime 0 seconds
pinger_enable off
dns_nameservers 127.0.0.1
acl loopback dst 127.0.0.0/8
{settings}
http_access allow loopback
http_access deny all
''')
        process = self.start(name, [shutil.which('squid'), '-N', '-f', config])
        self.ready(name, process, [port])
        return port

    def certificates(self):
        """An authority, and a certificate of it for localhost and 127.0.0.1; paths of the
        authority's certificate, the chain and its key."""
        def openssl(*arguments):
            subprocess.run(['openssl', *arguments], check=True, capture_output=True)
        ca, ca_key, leaf, key, ask = map(self.path, ('ca.pem', 'ca.key', 'leaf.pem', 'leaf.key', 'ask'))
        new = ('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes')
        openssl(*new, '-x509', '-subj', '/CN=test authority', '-days', '2', '-keyout', ca_key, '-out', ca)
        openssl(*new, '-subj', '/CN=localhost', '-keyout', key, '-out', ask)
        names = self.write('names', 'subjectAltName=DNS:localhost,IP:127.0.0.1\n')
        openssl('x509', '-req', '-in', ask, '-CA', ca, '-CAkey', ca_key, '-CAcreateserial', '-days', '2',
                '-extfile', names, '-out', leaf)
        return ca, leaf, key
