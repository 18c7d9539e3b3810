"""The folder that is served, and both servers of it."""

import os
import shutil
import subprocess
from programs import World
from wire import free_port

# When all files were written: Sun, 06 Nov 1994 08:49:37 GMT.
WRITTEN = 784_111_777

LARGE = bytes(at % 251 for at in range(300_000))

FILES = {
    'index.html': b'<h1>root</h1>\n',
    'a.txt': b'hello',
    'empty.txt': b'',
    'data.json': b'{}\n',
    'page.html': b'<p>page\n',
    'style.css': b'p{}\n',
    'code.js': b'let a = 1;\n' * 40,
    # Neither looks into it.
    'code.js.gz': b'encoded\n',
    'large.bin': LARGE,
    'noext': b'no extension\n',
    'sp ace.txt': b'blank\n',
    'caf\u00e9.txt': b'accent\n',
    'per%cent.txt': b'percent\n',
    'plus+.txt': b'plus\n',
    'd/index.html': b'<h1>d</h1>\n',
    'd/b.txt': b'b\n',
    'd/e/c.txt': b'c\n',
    '.hidden': b'hidden\n',
    '.git/config': b'hidden\n',
    '.well-known/x.txt': b'known\n',
    'con': b'device\n',
    'back\\slash': b'backslash\n',
}


class Peers(World):
    """The folder, and servers of it."""

    def __init__(self, program, folder):
        super().__init__(None, folder)
        self.program = program

    def site(self, name, changed=()):
        """Makes a folder of all files, with those of `changed` instead; its path."""
        root = os.path.join(self.path(name), 'root')
        for file, content in {**FILES, **dict(changed)}.items():
            path = os.path.join(root, file)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'wb') as out:
                out.write(content)
            os.utime(path, (WRITTEN, WRITTEN))
        with open(os.path.join(self.path(name), 'secret.txt'), 'wb') as out:
            out.write(b'secret')
        os.symlink('../secret.txt', os.path.join(root, 'link.txt'))
        os.symlink('a.txt', os.path.join(root, 'inside.txt'))
        os.symlink('..', os.path.join(root, 'up'))
        subprocess.run(['chmod', '-R', 'a+rX', self.folder], check=True)
        return root

    def ours(self, root):
        """Starts ours; its port."""
        process = self.start('ours', [self.program, '127.0.0.1:0', root], stdout=subprocess.PIPE)
        return int(process.stdout.readline().decode().rsplit(':', 1)[1])

    def nginx(self, root):
        """Starts nginx, as like ours as its settings go; its port."""
        port = free_port()
        kinds = ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi')
        folders = ' '.join(f'{kind}_temp_path {self.path(kind)};' for kind in kinds)
        config = self.write('nginx.conf', f'''
daemon off; master_process off; pid {self.path('nginx.pid')}; error_log stderr crit;
events {{ worker_connections 64; }}
http {{
    access_log off; {folders}
    types {{
        text/html html; text/plain txt; text/css css; text/javascript js;
        application/json json; application/gzip gz;
    }}
    default_type application/octet-stream;
    charset utf-8; charset_types text/html text/plain text/css text/javascript;
    gzip_static on; gzip_vary on; max_ranges 8; disable_symlinks on; merge_slashes off;
    absolute_redirect off; if_modified_since before;
    server {{
        listen 127.0.0.1:{port};
        root {root};
        index index.html;
        add_header X-Content-Type-Options nosniff;
        location ~ /\\.(?!well-known(/|$)) {{ return 404; }}
    }}
}}
''')
        command = [shutil.which('nginx'), '-c', config, '-p', self.folder, '-e', 'stderr']
        self.ready('nginx', self.start('nginx', command), [port])
        return port
