
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'wharf' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'wharf'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'wharf' {
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Download a file, or with -r a whole tree')
            [CompletionResult]::new('put', 'put', [CompletionResultType]::ParameterValue, 'Upload files, or with -r whole trees')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'List a directory, or show a file')
            [CompletionResult]::new('tree', 'tree', [CompletionResultType]::ParameterValue, 'Show a directory and what is below it as a tree')
            [CompletionResult]::new('find', 'find', [CompletionResultType]::ParameterValue, 'Find what passes all tests below a directory')
            [CompletionResult]::new('stat', 'stat', [CompletionResultType]::ParameterValue, 'Show what the server says of a file or directory')
            [CompletionResult]::new('cat', 'cat', [CompletionResultType]::ParameterValue, 'Print files')
            [CompletionResult]::new('du', 'du', [CompletionResultType]::ParameterValue, 'Show how much is in directories, as far as the listings say')
            [CompletionResult]::new('hash', 'hash', [CompletionResultType]::ParameterValue, 'Show the hashes of files')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Remove files, or with -r whole trees')
            [CompletionResult]::new('mkdir', 'mkdir', [CompletionResultType]::ParameterValue, 'Make directories')
            [CompletionResult]::new('mv', 'mv', [CompletionResultType]::ParameterValue, 'Rename or move a file or directory on the server')
            [CompletionResult]::new('chmod', 'chmod', [CompletionResultType]::ParameterValue, 'Change permissions, where the server has SITE CHMOD')
            [CompletionResult]::new('touch', 'touch', [CompletionResultType]::ParameterValue, 'Set the time of files, where the server has MFMT; those that are not there are made')
            [CompletionResult]::new('raw', 'raw', [CompletionResultType]::ParameterValue, 'Send commands as they are, and show the replies')
            [CompletionResult]::new('bench', 'bench', [CompletionResultType]::ParameterValue, 'Measure a server and the way to it')
            [CompletionResult]::new('probe', 'probe', [CompletionResultType]::ParameterValue, 'Show what a server is, and whether its TLS is right')
            [CompletionResult]::new('sync', 'sync', [CompletionResultType]::ParameterValue, 'Make a tree what another is: from here to a server, from a server to here, or from server to server')
            [CompletionResult]::new('watch', 'watch', [CompletionResultType]::ParameterValue, 'Keep a place on a server what a folder is')
            [CompletionResult]::new('shell', 'shell', [CompletionResultType]::ParameterValue, 'Talk to a server, a command on each line')
            [CompletionResult]::new('bookmark', 'bookmark', [CompletionResultType]::ParameterValue, 'Keep short names for URLs')
            [CompletionResult]::new('password', 'password', [CompletionResultType]::ParameterValue, 'Keep passwords in the system''s keyring')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the script that lets a shell complete the arguments of wharf')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page of wharf or of one of its commands, for man(1)')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Look at the configuration of a server')
            [CompletionResult]::new('user', 'user', [CompletionResultType]::ParameterValue, 'Look after the file of users that a server reads')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Serve a folder over FTP')
            [CompletionResult]::new('sessions', 'sessions', [CompletionResultType]::ParameterValue, 'Show who is connected to a server of this machine')
            [CompletionResult]::new('kick', 'kick', [CompletionResultType]::ParameterValue, 'End sessions of a server of this machine, with what they transfer')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'wharf;get' {
            [CompletionResult]::new('--active-address', '--active-address', [CompletionResultType]::ParameterName, 'The address that the server is told to connect to, where a translator stands before this machine')
            [CompletionResult]::new('--active-ports', '--active-ports', [CompletionResultType]::ParameterName, 'The ports to await the server''s connections on [default: any]')
            [CompletionResult]::new('--passive', '--passive', [CompletionResultType]::ParameterName, 'Use only this form of passive data connections [default: epsv, then pasv]')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'The most octets a second to move; K, M, G and T are 1024 and its powers')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'The file that holds the password')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]')
            [CompletionResult]::new('--charset', '--charset', [CompletionResultType]::ParameterName, 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Make connections from this address, or from those of this interface')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the authorities in this PEM file, and no others [default: those of the system]')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'The certificate that shows the server who you are, in PEM')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The private key of that certificate, in PEM')
            [CompletionResult]::new('--segments', '--segments', [CompletionResultType]::ParameterName, 'Over how many connections a large file comes at a time, each with a part of it')
            [CompletionResult]::new('-P', '-P ', [CompletionResultType]::ParameterName, 'How many files to move at a time, each on a connection of its own; a server that allows fewer gets fewer')
            [CompletionResult]::new('--parallel', '--parallel', [CompletionResultType]::ParameterName, 'How many files to move at a time, each on a connection of its own; a server that allows fewer gets fewer')
            [CompletionResult]::new('--active', '--active', [CompletionResultType]::ParameterName, 'Have the server make the data connections')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Connect straight, whatever the environment says')
            [CompletionResult]::new('--tls-trust-first-use', '--tls-trust-first-use', [CompletionResultType]::ParameterName, 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Trust any certificate: anybody in the middle can read and change everything, the password too')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Download a directory with all below it')
            [CompletionResult]::new('--recursive', '--recursive', [CompletionResultType]::ParameterName, 'Download a directory with all below it')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Leave out files that are there already with the same size and time, and go on with a tree that was cut: a directory that holds nothing but what the tree has, and a file with the size and time of the tree''s or one that came in part, is its copy, and not a place to put it in. Files that were cut go on where they were, also without it')
            [CompletionResult]::new('--continue', '--continue', [CompletionResultType]::ParameterName, 'Leave out files that are there already with the same size and time, and go on with a tree that was cut: a directory that holds nothing but what the tree has, and a file with the size and time of the tree''s or one that came in part, is its copy, and not a place to put it in. Files that were cut go on where they were, also without it')
            [CompletionResult]::new('--verify', '--verify', [CompletionResultType]::ParameterName, 'Compare each file with the server''s by a digest before it gets its name, where the server computes digests; where it does not, that is told')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wharf;put' {
            [CompletionResult]::new('--active-address', '--active-address', [CompletionResultType]::ParameterName, 'The address that the server is told to connect to, where a translator stands before this machine')
            [CompletionResult]::new('--active-ports', '--active-ports', [CompletionResultType]::ParameterName, 'The ports to await the server''s connections on [default: any]')
            [CompletionResult]::new('--passive', '--passive', [CompletionResultType]::ParameterName, 'Use only this form of passive data connections [default: epsv, then pasv]')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'The most octets a second to move; K, M, G and T are 1024 and its powers')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'The file that holds the password')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]')
            [CompletionResult]::new('--charset', '--charset', [CompletionResultType]::ParameterName, 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Make connections from this address, or from those of this interface')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the authorities in this PEM file, and no others [default: those of the system]')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'The certificate that shows the server who you are, in PEM')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The private key of that certificate, in PEM')
            [CompletionResult]::new('-P', '-P ', [CompletionResultType]::ParameterName, 'How many files to move at a time, each on a connection of its own; a server that allows fewer gets fewer')
            [CompletionResult]::new('--parallel', '--parallel', [CompletionResultType]::ParameterName, 'How many files to move at a time, each on a connection of its own; a server that allows fewer gets fewer')
            [CompletionResult]::new('--active', '--active', [CompletionResultType]::ParameterName, 'Have the server make the data connections')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Connect straight, whatever the environment says')
            [CompletionResult]::new('--tls-trust-first-use', '--tls-trust-first-use', [CompletionResultType]::ParameterName, 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Trust any certificate: anybody in the middle can read and change everything, the password too')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Upload directories with all below them')
            [CompletionResult]::new('--recursive', '--recursive', [CompletionResultType]::ParameterName, 'Upload directories with all below them')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Leave out files that are there already with the same size and time, and go on with a tree that was cut: a directory that holds nothing but what the tree has, and a file with the size and time of the tree''s or one that came in part, is its copy, and not a place to put it in. Files that were cut go on where they were, also without it')
            [CompletionResult]::new('--continue', '--continue', [CompletionResultType]::ParameterName, 'Leave out files that are there already with the same size and time, and go on with a tree that was cut: a directory that holds nothing but what the tree has, and a file with the size and time of the tree''s or one that came in part, is its copy, and not a place to put it in. Files that were cut go on where they were, also without it')
            [CompletionResult]::new('--verify', '--verify', [CompletionResultType]::ParameterName, 'Compare each file with the server''s by a digest before it gets its name, where the server computes digests; where it does not, that is told')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wharf;ls' {
            [CompletionResult]::new('--active-address', '--active-address', [CompletionResultType]::ParameterName, 'The address that the server is told to connect to, where a translator stands before this machine')
            [CompletionResult]::new('--active-ports', '--active-ports', [CompletionResultType]::ParameterName, 'The ports to await the server''s connections on [default: any]')
            [CompletionResult]::new('--passive', '--passive', [CompletionResultType]::ParameterName, 'Use only this form of passive data connections [default: epsv, then pasv]')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'The most octets a second to move; K, M, G and T are 1024 and its powers')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'The file that holds the password')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]')
            [CompletionResult]::new('--charset', '--charset', [CompletionResultType]::ParameterName, 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Make connections from this address, or from those of this interface')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the authorities in this PEM file, and no others [default: those of the system]')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'The certificate that shows the server who you are, in PEM')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The private key of that certificate, in PEM')
            [CompletionResult]::new('-P', '-P ', [CompletionResultType]::ParameterName, 'How many directories to list at a time, each on a connection of its own; a server that allows fewer gets fewer')
            [CompletionResult]::new('--parallel', '--parallel', [CompletionResultType]::ParameterName, 'How many directories to list at a time, each on a connection of its own; a server that allows fewer gets fewer')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'What to sort by: name, the largest first, or the newest first')
            [CompletionResult]::new('--active', '--active', [CompletionResultType]::ParameterName, 'Have the server make the data connections')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Connect straight, whatever the environment says')
            [CompletionResult]::new('--tls-trust-first-use', '--tls-trust-first-use', [CompletionResultType]::ParameterName, 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Trust any certificate: anybody in the middle can read and change everything, the password too')
            [CompletionResult]::new('-l', '-l', [CompletionResultType]::ParameterName, 'Show permissions, size and time too')
            [CompletionResult]::new('--long', '--long', [CompletionResultType]::ParameterName, 'Show permissions, size and time too')
            [CompletionResult]::new('-a', '-a', [CompletionResultType]::ParameterName, 'Ask for names that begin with a dot, where the server hides them')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Ask for names that begin with a dot, where the server hides them')
            [CompletionResult]::new('-R', '-R ', [CompletionResultType]::ParameterName, 'List what lies below too')
            [CompletionResult]::new('--recursive', '--recursive', [CompletionResultType]::ParameterName, 'List what lies below too')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Sort the other way round')
            [CompletionResult]::new('--reverse', '--reverse', [CompletionResultType]::ParameterName, 'Sort the other way round')
            [CompletionResult]::new('-U', '-U ', [CompletionResultType]::ParameterName, 'Show entries as they come, in the server''s order')
            [CompletionResult]::new('--unsorted', '--unsorted', [CompletionResultType]::ParameterName, 'Show entries as they come, in the server''s order')
            [CompletionResult]::new('-0', '-0', [CompletionResultType]::ParameterName, 'Print names as they are, each followed by NUL')
            [CompletionResult]::new('--null', '--null', [CompletionResultType]::ParameterName, 'Print names as they are, each followed by NUL')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wharf;tree' {
            [CompletionResult]::new('--active-address', '--active-address', [CompletionResultType]::ParameterName, 'The address that the server is told to connect to, where a translator stands before this machine')
            [CompletionResult]::new('--active-ports', '--active-ports', [CompletionResultType]::ParameterName, 'The ports to await the server''s connections on [default: any]')
            [CompletionResult]::new('--passive', '--passive', [CompletionResultType]::ParameterName, 'Use only this form of passive data connections [default: epsv, then pasv]')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'The most octets a second to move; K, M, G and T are 1024 and its powers')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'The file that holds the password')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]')
            [CompletionResult]::new('--charset', '--charset', [CompletionResultType]::ParameterName, 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Make connections from this address, or from those of this interface')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the authorities in this PEM file, and no others [default: those of the system]')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'The certificate that shows the server who you are, in PEM')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The private key of that certificate, in PEM')
            [CompletionResult]::new('-L', '-L ', [CompletionResultType]::ParameterName, 'How many levels to show')
            [CompletionResult]::new('--depth', '--depth', [CompletionResultType]::ParameterName, 'How many levels to show')
            [CompletionResult]::new('-P', '-P ', [CompletionResultType]::ParameterName, 'How many directories to list at a time, each on a connection of its own; a server that allows fewer gets fewer')
            [CompletionResult]::new('--parallel', '--parallel', [CompletionResultType]::ParameterName, 'How many directories to list at a time, each on a connection of its own; a server that allows fewer gets fewer')
            [CompletionResult]::new('--active', '--active', [CompletionResultType]::ParameterName, 'Have the server make the data connections')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Connect straight, whatever the environment says')
            [CompletionResult]::new('--tls-trust-first-use', '--tls-trust-first-use', [CompletionResultType]::ParameterName, 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Trust any certificate: anybody in the middle can read and change everything, the password too')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Show directories only')
            [CompletionResult]::new('--dirs', '--dirs', [CompletionResultType]::ParameterName, 'Show directories only')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'wharf;find' {
            [CompletionResult]::new('--active-address', '--active-address', [CompletionResultType]::ParameterName, 'The address that the server is told to connect to, where a translator stands before this machine')
            [CompletionResult]::new('--active-ports', '--active-ports', [CompletionResultType]::ParameterName, 'The ports to await the server''s connections on [default: any]')
            [CompletionResult]::new('--passive', '--passive', [CompletionResultType]::ParameterName, 'Use only this form of passive data connections [default: epsv, then pasv]')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'The most octets a second to move; K, M, G and T are 1024 and its powers')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'The file that holds the password')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]')
            [CompletionResult]::new('--charset', '--charset', [CompletionResultType]::ParameterName, 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Make connections from this address, or from those of this interface')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the authorities in this PEM file, and no others [default: those of the system]')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'The certificate that shows the server who you are, in PEM')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The private key of that certificate, in PEM')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name is like this, with *, ? and [abc]; may be repeated, one has to fit')
            [CompletionResult]::new('--iname', '--iname', [CompletionResultType]::ParameterName, 'As --name, in any letter case')
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'It is a file (f), a directory (d) or a link (l)')
            [CompletionResult]::new('--size', '--size', [CompletionResultType]::ParameterName, 'The size in octets: +10M is more, -1K is less, 512 is just that; may be repeated')
            [CompletionResult]::new('--mtime', '--mtime', [CompletionResultType]::ParameterName, 'When it was changed: +7d is longer ago, -12h is since then; of s, m, h, d and w, d where none is given')
            [CompletionResult]::new('--maxdepth', '--maxdepth', [CompletionResultType]::ParameterName, 'Look at so many levels, the directory''s own entries are the first')
            [CompletionResult]::new('--mindepth', '--mindepth', [CompletionResultType]::ParameterName, 'Leave out so many levels less one')
            [CompletionResult]::new('-P', '-P ', [CompletionResultType]::ParameterName, 'How many directories to list at a time, each on a connection of its own; a server that allows fewer gets fewer')
            [CompletionResult]::new('--parallel', '--parallel', [CompletionResultType]::ParameterName, 'How many directories to list at a time, each on a connection of its own; a server that allows fewer gets fewer')
            [CompletionResult]::new('--active', '--active', [CompletionResultType]::ParameterName, 'Have the server make the data connections')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Connect straight, whatever the environment says')
            [CompletionResult]::new('--tls-trust-first-use', '--tls-trust-first-use', [CompletionResultType]::ParameterName, 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Trust any certificate: anybody in the middle can read and change everything, the password too')
            [CompletionResult]::new('-0', '-0', [CompletionResultType]::ParameterName, 'Print pathnames as they are, each followed by NUL')
            [CompletionResult]::new('--null', '--null', [CompletionResultType]::ParameterName, 'Print pathnames as they are, each followed by NUL')
            [CompletionResult]::new('--print0', '--print0', [CompletionResultType]::ParameterName, 'Print pathnames as they are, each followed by NUL')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wharf;stat' {
            [CompletionResult]::new('--active-address', '--active-address', [CompletionResultType]::ParameterName, 'The address that the server is told to connect to, where a translator stands before this machine')
            [CompletionResult]::new('--active-ports', '--active-ports', [CompletionResultType]::ParameterName, 'The ports to await the server''s connections on [default: any]')
            [CompletionResult]::new('--passive', '--passive', [CompletionResultType]::ParameterName, 'Use only this form of passive data connections [default: epsv, then pasv]')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'The most octets a second to move; K, M, G and T are 1024 and its powers')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'The file that holds the password')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]')
            [CompletionResult]::new('--charset', '--charset', [CompletionResultType]::ParameterName, 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Make connections from this address, or from those of this interface')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the authorities in this PEM file, and no others [default: those of the system]')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'The certificate that shows the server who you are, in PEM')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The private key of that certificate, in PEM')
            [CompletionResult]::new('--active', '--active', [CompletionResultType]::ParameterName, 'Have the server make the data connections')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Connect straight, whatever the environment says')
            [CompletionResult]::new('--tls-trust-first-use', '--tls-trust-first-use', [CompletionResultType]::ParameterName, 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Trust any certificate: anybody in the middle can read and change everything, the password too')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'wharf;cat' {
            [CompletionResult]::new('--active-address', '--active-address', [CompletionResultType]::ParameterName, 'The address that the server is told to connect to, where a translator stands before this machine')
            [CompletionResult]::new('--active-ports', '--active-ports', [CompletionResultType]::ParameterName, 'The ports to await the server''s connections on [default: any]')
            [CompletionResult]::new('--passive', '--passive', [CompletionResultType]::ParameterName, 'Use only this form of passive data connections [default: epsv, then pasv]')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'The most octets a second to move; K, M, G and T are 1024 and its powers')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'The file that holds the password')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]')
            [CompletionResult]::new('--charset', '--charset', [CompletionResultType]::ParameterName, 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Make connections from this address, or from those of this interface')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the authorities in this PEM file, and no others [default: those of the system]')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'The certificate that shows the server who you are, in PEM')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The private key of that certificate, in PEM')
            [CompletionResult]::new('--offset', '--offset', [CompletionResultType]::ParameterName, 'Begin at this octet')
            [CompletionResult]::new('--length', '--length', [CompletionResultType]::ParameterName, 'Print so many octets of each file at most')
            [CompletionResult]::new('--active', '--active', [CompletionResultType]::ParameterName, 'Have the server make the data connections')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Connect straight, whatever the environment says')
            [CompletionResult]::new('--tls-trust-first-use', '--tls-trust-first-use', [CompletionResultType]::ParameterName, 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Trust any certificate: anybody in the middle can read and change everything, the password too')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wharf;du' {
            [CompletionResult]::new('--active-address', '--active-address', [CompletionResultType]::ParameterName, 'The address that the server is told to connect to, where a translator stands before this machine')
            [CompletionResult]::new('--active-ports', '--active-ports', [CompletionResultType]::ParameterName, 'The ports to await the server''s connections on [default: any]')
            [CompletionResult]::new('--passive', '--passive', [CompletionResultType]::ParameterName, 'Use only this form of passive data connections [default: epsv, then pasv]')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'The most octets a second to move; K, M, G and T are 1024 and its powers')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'The file that holds the password')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]')
            [CompletionResult]::new('--charset', '--charset', [CompletionResultType]::ParameterName, 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Make connections from this address, or from those of this interface')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the authorities in this PEM file, and no others [default: those of the system]')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'The certificate that shows the server who you are, in PEM')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The private key of that certificate, in PEM')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'How many levels of directories to show; 0 is the sum only')
            [CompletionResult]::new('--depth', '--depth', [CompletionResultType]::ParameterName, 'How many levels of directories to show; 0 is the sum only')
            [CompletionResult]::new('-P', '-P ', [CompletionResultType]::ParameterName, 'How many directories to list at a time, each on a connection of its own; a server that allows fewer gets fewer')
            [CompletionResult]::new('--parallel', '--parallel', [CompletionResultType]::ParameterName, 'How many directories to list at a time, each on a connection of its own; a server that allows fewer gets fewer')
            [CompletionResult]::new('--active', '--active', [CompletionResultType]::ParameterName, 'Have the server make the data connections')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Connect straight, whatever the environment says')
            [CompletionResult]::new('--tls-trust-first-use', '--tls-trust-first-use', [CompletionResultType]::ParameterName, 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Trust any certificate: anybody in the middle can read and change everything, the password too')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'Show the sum only')
            [CompletionResult]::new('--summarize', '--summarize', [CompletionResultType]::ParameterName, 'Show the sum only')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Show sizes with units')
            [CompletionResult]::new('--human', '--human', [CompletionResultType]::ParameterName, 'Show sizes with units')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            break
        }
        'wharf;hash' {
            [CompletionResult]::new('--active-address', '--active-address', [CompletionResultType]::ParameterName, 'The address that the server is told to connect to, where a translator stands before this machine')
            [CompletionResult]::new('--active-ports', '--active-ports', [CompletionResultType]::ParameterName, 'The ports to await the server''s connections on [default: any]')
            [CompletionResult]::new('--passive', '--passive', [CompletionResultType]::ParameterName, 'Use only this form of passive data connections [default: epsv, then pasv]')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'The most octets a second to move; K, M, G and T are 1024 and its powers')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'The file that holds the password')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]')
            [CompletionResult]::new('--charset', '--charset', [CompletionResultType]::ParameterName, 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Make connections from this address, or from those of this interface')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the authorities in this PEM file, and no others [default: those of the system]')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'The certificate that shows the server who you are, in PEM')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The private key of that certificate, in PEM')
            [CompletionResult]::new('-a', '-a', [CompletionResultType]::ParameterName, 'Which hash')
            [CompletionResult]::new('--algorithm', '--algorithm', [CompletionResultType]::ParameterName, 'Which hash')
            [CompletionResult]::new('--expect', '--expect', [CompletionResultType]::ParameterName, 'The hash that the files are to have, in hexadecimal')
            [CompletionResult]::new('--active', '--active', [CompletionResultType]::ParameterName, 'Have the server make the data connections')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Connect straight, whatever the environment says')
            [CompletionResult]::new('--tls-trust-first-use', '--tls-trust-first-use', [CompletionResultType]::ParameterName, 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Trust any certificate: anybody in the middle can read and change everything, the password too')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wharf;rm' {
            [CompletionResult]::new('--active-address', '--active-address', [CompletionResultType]::ParameterName, 'The address that the server is told to connect to, where a translator stands before this machine')
            [CompletionResult]::new('--active-ports', '--active-ports', [CompletionResultType]::ParameterName, 'The ports to await the server''s connections on [default: any]')
            [CompletionResult]::new('--passive', '--passive', [CompletionResultType]::ParameterName, 'Use only this form of passive data connections [default: epsv, then pasv]')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'The most octets a second to move; K, M, G and T are 1024 and its powers')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'The file that holds the password')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]')
            [CompletionResult]::new('--charset', '--charset', [CompletionResultType]::ParameterName, 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Make connections from this address, or from those of this interface')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the authorities in this PEM file, and no others [default: those of the system]')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'The certificate that shows the server who you are, in PEM')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The private key of that certificate, in PEM')
            [CompletionResult]::new('-P', '-P ', [CompletionResultType]::ParameterName, 'How many connections to remove trees over; a server that allows fewer gets fewer')
            [CompletionResult]::new('--parallel', '--parallel', [CompletionResultType]::ParameterName, 'How many connections to remove trees over; a server that allows fewer gets fewer')
            [CompletionResult]::new('--active', '--active', [CompletionResultType]::ParameterName, 'Have the server make the data connections')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Connect straight, whatever the environment says')
            [CompletionResult]::new('--tls-trust-first-use', '--tls-trust-first-use', [CompletionResultType]::ParameterName, 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Trust any certificate: anybody in the middle can read and change everything, the password too')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Remove directories with all below them; links are removed and not followed')
            [CompletionResult]::new('--recursive', '--recursive', [CompletionResultType]::ParameterName, 'Remove directories with all below them; links are removed and not followed')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'wharf;mkdir' {
            [CompletionResult]::new('--active-address', '--active-address', [CompletionResultType]::ParameterName, 'The address that the server is told to connect to, where a translator stands before this machine')
            [CompletionResult]::new('--active-ports', '--active-ports', [CompletionResultType]::ParameterName, 'The ports to await the server''s connections on [default: any]')
            [CompletionResult]::new('--passive', '--passive', [CompletionResultType]::ParameterName, 'Use only this form of passive data connections [default: epsv, then pasv]')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'The most octets a second to move; K, M, G and T are 1024 and its powers')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'The file that holds the password')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]')
            [CompletionResult]::new('--charset', '--charset', [CompletionResultType]::ParameterName, 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Make connections from this address, or from those of this interface')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the authorities in this PEM file, and no others [default: those of the system]')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'The certificate that shows the server who you are, in PEM')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The private key of that certificate, in PEM')
            [CompletionResult]::new('--active', '--active', [CompletionResultType]::ParameterName, 'Have the server make the data connections')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Connect straight, whatever the environment says')
            [CompletionResult]::new('--tls-trust-first-use', '--tls-trust-first-use', [CompletionResultType]::ParameterName, 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Trust any certificate: anybody in the middle can read and change everything, the password too')
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Make the directories above it too, and be content if it is there')
            [CompletionResult]::new('--parents', '--parents', [CompletionResultType]::ParameterName, 'Make the directories above it too, and be content if it is there')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'wharf;mv' {
            [CompletionResult]::new('--active-address', '--active-address', [CompletionResultType]::ParameterName, 'The address that the server is told to connect to, where a translator stands before this machine')
            [CompletionResult]::new('--active-ports', '--active-ports', [CompletionResultType]::ParameterName, 'The ports to await the server''s connections on [default: any]')
            [CompletionResult]::new('--passive', '--passive', [CompletionResultType]::ParameterName, 'Use only this form of passive data connections [default: epsv, then pasv]')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'The most octets a second to move; K, M, G and T are 1024 and its powers')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'The file that holds the password')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]')
            [CompletionResult]::new('--charset', '--charset', [CompletionResultType]::ParameterName, 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Make connections from this address, or from those of this interface')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the authorities in this PEM file, and no others [default: those of the system]')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'The certificate that shows the server who you are, in PEM')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The private key of that certificate, in PEM')
            [CompletionResult]::new('--active', '--active', [CompletionResultType]::ParameterName, 'Have the server make the data connections')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Connect straight, whatever the environment says')
            [CompletionResult]::new('--tls-trust-first-use', '--tls-trust-first-use', [CompletionResultType]::ParameterName, 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Trust any certificate: anybody in the middle can read and change everything, the password too')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'wharf;chmod' {
            [CompletionResult]::new('--active-address', '--active-address', [CompletionResultType]::ParameterName, 'The address that the server is told to connect to, where a translator stands before this machine')
            [CompletionResult]::new('--active-ports', '--active-ports', [CompletionResultType]::ParameterName, 'The ports to await the server''s connections on [default: any]')
            [CompletionResult]::new('--passive', '--passive', [CompletionResultType]::ParameterName, 'Use only this form of passive data connections [default: epsv, then pasv]')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'The most octets a second to move; K, M, G and T are 1024 and its powers')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'The file that holds the password')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]')
            [CompletionResult]::new('--charset', '--charset', [CompletionResultType]::ParameterName, 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Make connections from this address, or from those of this interface')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the authorities in this PEM file, and no others [default: those of the system]')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'The certificate that shows the server who you are, in PEM')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The private key of that certificate, in PEM')
            [CompletionResult]::new('--active', '--active', [CompletionResultType]::ParameterName, 'Have the server make the data connections')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Connect straight, whatever the environment says')
            [CompletionResult]::new('--tls-trust-first-use', '--tls-trust-first-use', [CompletionResultType]::ParameterName, 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Trust any certificate: anybody in the middle can read and change everything, the password too')
            [CompletionResult]::new('-R', '-R ', [CompletionResultType]::ParameterName, 'Change all below a directory too; links are left as they are')
            [CompletionResult]::new('--recursive', '--recursive', [CompletionResultType]::ParameterName, 'Change all below a directory too; links are left as they are')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'wharf;touch' {
            [CompletionResult]::new('--active-address', '--active-address', [CompletionResultType]::ParameterName, 'The address that the server is told to connect to, where a translator stands before this machine')
            [CompletionResult]::new('--active-ports', '--active-ports', [CompletionResultType]::ParameterName, 'The ports to await the server''s connections on [default: any]')
            [CompletionResult]::new('--passive', '--passive', [CompletionResultType]::ParameterName, 'Use only this form of passive data connections [default: epsv, then pasv]')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'The most octets a second to move; K, M, G and T are 1024 and its powers')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'The file that holds the password')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]')
            [CompletionResult]::new('--charset', '--charset', [CompletionResultType]::ParameterName, 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Make connections from this address, or from those of this interface')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the authorities in this PEM file, and no others [default: those of the system]')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'The certificate that shows the server who you are, in PEM')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The private key of that certificate, in PEM')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'The time to set, such as 2026-11-23T10:00:00Z [default: now]')
            [CompletionResult]::new('--date', '--date', [CompletionResultType]::ParameterName, 'The time to set, such as 2026-11-23T10:00:00Z [default: now]')
            [CompletionResult]::new('--active', '--active', [CompletionResultType]::ParameterName, 'Have the server make the data connections')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Connect straight, whatever the environment says')
            [CompletionResult]::new('--tls-trust-first-use', '--tls-trust-first-use', [CompletionResultType]::ParameterName, 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Trust any certificate: anybody in the middle can read and change everything, the password too')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Make no file')
            [CompletionResult]::new('--no-create', '--no-create', [CompletionResultType]::ParameterName, 'Make no file')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'wharf;raw' {
            [CompletionResult]::new('--active-address', '--active-address', [CompletionResultType]::ParameterName, 'The address that the server is told to connect to, where a translator stands before this machine')
            [CompletionResult]::new('--active-ports', '--active-ports', [CompletionResultType]::ParameterName, 'The ports to await the server''s connections on [default: any]')
            [CompletionResult]::new('--passive', '--passive', [CompletionResultType]::ParameterName, 'Use only this form of passive data connections [default: epsv, then pasv]')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'The most octets a second to move; K, M, G and T are 1024 and its powers')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'The file that holds the password')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]')
            [CompletionResult]::new('--charset', '--charset', [CompletionResultType]::ParameterName, 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Make connections from this address, or from those of this interface')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the authorities in this PEM file, and no others [default: those of the system]')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'The certificate that shows the server who you are, in PEM')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The private key of that certificate, in PEM')
            [CompletionResult]::new('--active', '--active', [CompletionResultType]::ParameterName, 'Have the server make the data connections')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Connect straight, whatever the environment says')
            [CompletionResult]::new('--tls-trust-first-use', '--tls-trust-first-use', [CompletionResultType]::ParameterName, 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Trust any certificate: anybody in the middle can read and change everything, the password too')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wharf;bench' {
            [CompletionResult]::new('--active-address', '--active-address', [CompletionResultType]::ParameterName, 'The address that the server is told to connect to, where a translator stands before this machine')
            [CompletionResult]::new('--active-ports', '--active-ports', [CompletionResultType]::ParameterName, 'The ports to await the server''s connections on [default: any]')
            [CompletionResult]::new('--passive', '--passive', [CompletionResultType]::ParameterName, 'Use only this form of passive data connections [default: epsv, then pasv]')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'The most octets a second to move; K, M, G and T are 1024 and its powers')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'The file that holds the password')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]')
            [CompletionResult]::new('--charset', '--charset', [CompletionResultType]::ParameterName, 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Make connections from this address, or from those of this interface')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the authorities in this PEM file, and no others [default: those of the system]')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'The certificate that shows the server who you are, in PEM')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The private key of that certificate, in PEM')
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'How long each speed is measured')
            [CompletionResult]::new('--for', '--for', [CompletionResultType]::ParameterName, 'How long each speed is measured')
            [CompletionResult]::new('--active', '--active', [CompletionResultType]::ParameterName, 'Have the server make the data connections')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Connect straight, whatever the environment says')
            [CompletionResult]::new('--tls-trust-first-use', '--tls-trust-first-use', [CompletionResultType]::ParameterName, 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Trust any certificate: anybody in the middle can read and change everything, the password too')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wharf;probe' {
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'The file that holds the password')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]')
            [CompletionResult]::new('--charset', '--charset', [CompletionResultType]::ParameterName, 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Make connections from this address, or from those of this interface')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the authorities in this PEM file, and no others [default: those of the system]')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'The certificate that shows the server who you are, in PEM')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The private key of that certificate, in PEM')
            [CompletionResult]::new('--write', '--write', [CompletionResultType]::ParameterName, 'Upload a small file to the directory to see the server''s clock by it, and remove it again')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Connect straight, whatever the environment says')
            [CompletionResult]::new('--tls-trust-first-use', '--tls-trust-first-use', [CompletionResultType]::ParameterName, 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Trust any certificate: anybody in the middle can read and change everything, the password too')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wharf;sync' {
            [CompletionResult]::new('--delete', '--delete', [CompletionResultType]::ParameterName, 'Delete from DST what SRC does not have, before the copies or after them')
            [CompletionResult]::new('--max-delete', '--max-delete', [CompletionResultType]::ParameterName, 'Do nothing at all if more entries than this would be deleted, or more than this part of DST: 100, 10%. Without it, nothing is done where SRC is empty and DST is not; 100% says that it is meant')
            [CompletionResult]::new('--exclude', '--exclude', [CompletionResultType]::ParameterName, 'Leave out what the pattern matches: ''*.tmp'' at any depth, ''/cache/'' a directory in SRC, ''a/**/b''; of several patterns, the first that matches decides')
            [CompletionResult]::new('--include', '--include', [CompletionResultType]::ParameterName, 'Take what the pattern matches, before what a later --exclude leaves out')
            [CompletionResult]::new('--modify-window', '--modify-window', [CompletionResultType]::ParameterName, 'Times that differ by no more than this are the same: 2 for FAT')
            [CompletionResult]::new('--save-plan', '--save-plan', [CompletionResultType]::ParameterName, 'Write what would be done to a file, for --plan')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'Do what a plan says, where nothing has changed since: one written by --dry-run --save-plan')
            [CompletionResult]::new('--connections', '--connections', [CompletionResultType]::ParameterName, 'How many entries are worked on at a time, each on a connection of its own')
            [CompletionResult]::new('--dst-password-file', '--dst-password-file', [CompletionResultType]::ParameterName, 'The file that holds the password for DST, where SRC is on a server too')
            [CompletionResult]::new('--active-address', '--active-address', [CompletionResultType]::ParameterName, 'The address that the server is told to connect to, where a translator stands before this machine')
            [CompletionResult]::new('--active-ports', '--active-ports', [CompletionResultType]::ParameterName, 'The ports to await the server''s connections on [default: any]')
            [CompletionResult]::new('--passive', '--passive', [CompletionResultType]::ParameterName, 'Use only this form of passive data connections [default: epsv, then pasv]')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'The most octets a second to move; K, M, G and T are 1024 and its powers')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'The file that holds the password')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]')
            [CompletionResult]::new('--charset', '--charset', [CompletionResultType]::ParameterName, 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Make connections from this address, or from those of this interface')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the authorities in this PEM file, and no others [default: those of the system]')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'The certificate that shows the server who you are, in PEM')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The private key of that certificate, in PEM')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'Show what would be done, and do nothing')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be done, and do nothing')
            [CompletionResult]::new('--delete-excluded', '--delete-excluded', [CompletionResultType]::ParameterName, 'Delete from DST what is excluded, too')
            [CompletionResult]::new('-u', '-u', [CompletionResultType]::ParameterName, 'Leave files alone that are newer in DST')
            [CompletionResult]::new('--update', '--update', [CompletionResultType]::ParameterName, 'Leave files alone that are newer in DST')
            [CompletionResult]::new('--newer', '--newer', [CompletionResultType]::ParameterName, 'Leave files alone that are newer in DST')
            [CompletionResult]::new('--existing', '--existing', [CompletionResultType]::ParameterName, 'Copy nothing that DST does not have')
            [CompletionResult]::new('--ignore-existing', '--ignore-existing', [CompletionResultType]::ParameterName, 'Leave alone whatever DST has')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Tell files apart by their digests, which the server computes, and not by their times')
            [CompletionResult]::new('--checksum', '--checksum', [CompletionResultType]::ParameterName, 'Tell files apart by their digests, which the server computes, and not by their times')
            [CompletionResult]::new('--size-only', '--size-only', [CompletionResultType]::ParameterName, 'Tell files apart by their sizes alone')
            [CompletionResult]::new('--no-times', '--no-times', [CompletionResultType]::ParameterName, 'Do not set the times of copies')
            [CompletionResult]::new('--in-place', '--in-place', [CompletionResultType]::ParameterName, 'Write over files that are there, and not under another name first: faster, but half a file may be found meanwhile')
            [CompletionResult]::new('--fxp', '--fxp', [CompletionResultType]::ParameterName, 'Between two servers, have the octets go from one to the other, where both allow it; not under TLS')
            [CompletionResult]::new('--active', '--active', [CompletionResultType]::ParameterName, 'Have the server make the data connections')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Connect straight, whatever the environment says')
            [CompletionResult]::new('--tls-trust-first-use', '--tls-trust-first-use', [CompletionResultType]::ParameterName, 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Trust any certificate: anybody in the middle can read and change everything, the password too')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wharf;watch' {
            [CompletionResult]::new('--max-delete', '--max-delete', [CompletionResultType]::ParameterName, 'Delete nothing at once if it would be more entries than this, or more than this part of all: 100, 10%')
            [CompletionResult]::new('--exclude', '--exclude', [CompletionResultType]::ParameterName, 'Leave out what the pattern matches: ''*.tmp'' at any depth, ''/cache/'' a directory in SRC, ''a/**/b''; of several patterns, the first that matches decides')
            [CompletionResult]::new('--include', '--include', [CompletionResultType]::ParameterName, 'Take what the pattern matches, before what a later --exclude leaves out')
            [CompletionResult]::new('--quiet-for', '--quiet-for', [CompletionResultType]::ParameterName, 'How long the folder is to be quiet before changes follow, in milliseconds')
            [CompletionResult]::new('--poll', '--poll', [CompletionResultType]::ParameterName, 'Look at the folder so often, where the system does not tell of changes, as with folders of other machines')
            [CompletionResult]::new('--connections', '--connections', [CompletionResultType]::ParameterName, 'How many entries are worked on at a time, each on a connection of its own')
            [CompletionResult]::new('--active-address', '--active-address', [CompletionResultType]::ParameterName, 'The address that the server is told to connect to, where a translator stands before this machine')
            [CompletionResult]::new('--active-ports', '--active-ports', [CompletionResultType]::ParameterName, 'The ports to await the server''s connections on [default: any]')
            [CompletionResult]::new('--passive', '--passive', [CompletionResultType]::ParameterName, 'Use only this form of passive data connections [default: epsv, then pasv]')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'The most octets a second to move; K, M, G and T are 1024 and its powers')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'The file that holds the password')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]')
            [CompletionResult]::new('--charset', '--charset', [CompletionResultType]::ParameterName, 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Make connections from this address, or from those of this interface')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the authorities in this PEM file, and no others [default: those of the system]')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'The certificate that shows the server who you are, in PEM')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The private key of that certificate, in PEM')
            [CompletionResult]::new('--delete', '--delete', [CompletionResultType]::ParameterName, 'Delete from the server what the folder does not have')
            [CompletionResult]::new('--active', '--active', [CompletionResultType]::ParameterName, 'Have the server make the data connections')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Connect straight, whatever the environment says')
            [CompletionResult]::new('--tls-trust-first-use', '--tls-trust-first-use', [CompletionResultType]::ParameterName, 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Trust any certificate: anybody in the middle can read and change everything, the password too')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wharf;shell' {
            [CompletionResult]::new('--active-address', '--active-address', [CompletionResultType]::ParameterName, 'The address that the server is told to connect to, where a translator stands before this machine')
            [CompletionResult]::new('--active-ports', '--active-ports', [CompletionResultType]::ParameterName, 'The ports to await the server''s connections on [default: any]')
            [CompletionResult]::new('--passive', '--passive', [CompletionResultType]::ParameterName, 'Use only this form of passive data connections [default: epsv, then pasv]')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'The most octets a second to move; K, M, G and T are 1024 and its powers')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'The file that holds the password')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]')
            [CompletionResult]::new('--charset', '--charset', [CompletionResultType]::ParameterName, 'The charset of the server''s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Make connections from this address, or from those of this interface')
            [CompletionResult]::new('--proxy', '--proxy', [CompletionResultType]::ParameterName, 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]')
            [CompletionResult]::new('--ca-file', '--ca-file', [CompletionResultType]::ParameterName, 'Trust the authorities in this PEM file, and no others [default: those of the system]')
            [CompletionResult]::new('--pin', '--pin', [CompletionResultType]::ParameterName, 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated')
            [CompletionResult]::new('--client-cert', '--client-cert', [CompletionResultType]::ParameterName, 'The certificate that shows the server who you are, in PEM')
            [CompletionResult]::new('--client-key', '--client-key', [CompletionResultType]::ParameterName, 'The private key of that certificate, in PEM')
            [CompletionResult]::new('--active', '--active', [CompletionResultType]::ParameterName, 'Have the server make the data connections')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show each command and reply')
            [CompletionResult]::new('--no-proxy', '--no-proxy', [CompletionResultType]::ParameterName, 'Connect straight, whatever the environment says')
            [CompletionResult]::new('--tls-trust-first-use', '--tls-trust-first-use', [CompletionResultType]::ParameterName, 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config')
            [CompletionResult]::new('--insecure', '--insecure', [CompletionResultType]::ParameterName, 'Trust any certificate: anybody in the middle can read and change everything, the password too')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wharf;bookmark' {
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Keep a name for a URL, in place of the one it had')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show all names')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Forget a name')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'wharf;bookmark;add' {
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'wharf;bookmark;list' {
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'wharf;bookmark;rm' {
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'wharf;bookmark;help' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Keep a name for a URL, in place of the one it had')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show all names')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Forget a name')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'wharf;bookmark;help;add' {
            break
        }
        'wharf;bookmark;help;list' {
            break
        }
        'wharf;bookmark;help;rm' {
            break
        }
        'wharf;bookmark;help;help' {
            break
        }
        'wharf;password' {
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Keep a password, in place of the one that was there')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Forget a password')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'wharf;password;set' {
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'The file that holds the password; - is standard input')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'wharf;password;rm' {
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'wharf;password;help' {
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Keep a password, in place of the one that was there')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Forget a password')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'wharf;password;help;set' {
            break
        }
        'wharf;password;help;rm' {
            break
        }
        'wharf;password;help;help' {
            break
        }
        'wharf;completions' {
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'wharf;man' {
            [CompletionResult]::new('--into', '--into', [CompletionResultType]::ParameterName, 'Write all pages into this directory')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'wharf;config' {
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Say what is wrong with a file, as `wharf serve` would find it: with the line, and what was probably meant')
            [CompletionResult]::new('example', 'example', [CompletionResultType]::ParameterValue, 'Print a configuration with all that can be said, and a word on each')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'wharf;config;check' {
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'A value over that of the file, such as limits.sessions=100; may be repeated')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'wharf;config;example' {
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'wharf;config;help' {
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Say what is wrong with a file, as `wharf serve` would find it: with the line, and what was probably meant')
            [CompletionResult]::new('example', 'example', [CompletionResultType]::ParameterValue, 'Print a configuration with all that can be said, and a word on each')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'wharf;config;help;check' {
            break
        }
        'wharf;config;help;example' {
            break
        }
        'wharf;config;help;help' {
            break
        }
        'wharf;user' {
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add a user')
            [CompletionResult]::new('passwd', 'passwd', [CompletionResultType]::ParameterValue, 'Give a user another password')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Take a user out')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show the names of all users')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'wharf;user;add' {
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The file of users; with --config too, which one of those that it names')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration that names the file of users, and has the groups')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'A name of the virtual host whose file of users it is')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'The file that holds the password; - is standard input')
            [CompletionResult]::new('--root', '--root', [CompletionResultType]::ParameterName, 'The folder that is served, unless a group says it')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'A group of the configuration whose settings the user has; may be repeated')
            [CompletionResult]::new('--write', '--write', [CompletionResultType]::ParameterName, 'Let the user change everything; what a group says or else listing and reading is permitted without')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'wharf;user;passwd' {
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The file of users; with --config too, which one of those that it names')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration that names the file of users, and has the groups')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'A name of the virtual host whose file of users it is')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'The file that holds the password; - is standard input')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'wharf;user;rm' {
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The file of users; with --config too, which one of those that it names')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration that names the file of users, and has the groups')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'A name of the virtual host whose file of users it is')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'wharf;user;list' {
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The file of users; with --config too, which one of those that it names')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The configuration that names the file of users, and has the groups')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'A name of the virtual host whose file of users it is')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'wharf;user;help' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add a user')
            [CompletionResult]::new('passwd', 'passwd', [CompletionResultType]::ParameterValue, 'Give a user another password')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Take a user out')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show the names of all users')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'wharf;user;help;add' {
            break
        }
        'wharf;user;help;passwd' {
            break
        }
        'wharf;user;help;rm' {
            break
        }
        'wharf;user;help;list' {
            break
        }
        'wharf;user;help;help' {
            break
        }
        'wharf;serve' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The file that says everything: see `wharf config example`. It is read again when it changes, and on SIGHUP')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'A value over that of the file, such as limits.sessions=100; may be repeated')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'The name of the one user')
            [CompletionResult]::new('--password-file', '--password-file', [CompletionResultType]::ParameterName, 'The file that holds the user''s password, in place of one made up; - is standard input')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'Name or address to listen on; may be repeated [default: this machine only]')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Port to listen on; 0 is any free one')
            [CompletionResult]::new('--family', '--family', [CompletionResultType]::ParameterName, 'Which addresses of a host to listen on; auto is both')
            [CompletionResult]::new('--passive-ports', '--passive-ports', [CompletionResultType]::ParameterName, 'Ports for passive data connections, such as 21000-21099 [default: any free one]')
            [CompletionResult]::new('--passive-address', '--passive-address', [CompletionResultType]::ParameterName, 'IPv4 address for PASV to name, where clients see another one than this machine does')
            [CompletionResult]::new('--idle-timeout', '--idle-timeout', [CompletionResultType]::ParameterName, 'How long a session may do nothing')
            [CompletionResult]::new('--login-timeout', '--login-timeout', [CompletionResultType]::ParameterName, 'How long a login may take')
            [CompletionResult]::new('--shutdown-timeout', '--shutdown-timeout', [CompletionResultType]::ParameterName, 'How long running transfers may take to finish when the server is told to end')
            [CompletionResult]::new('--max-sessions', '--max-sessions', [CompletionResultType]::ParameterName, 'How many sessions there may be at a time')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'What a line of the log looks like [default: text, or what the file says]')
            [CompletionResult]::new('--tls-cert', '--tls-cert', [CompletionResultType]::ParameterName, 'Certificate chain in PEM, the server''s own first. May be repeated, each with its --tls-key; a client gets the one for the name it asks for. Changed files are read again')
            [CompletionResult]::new('--tls-key', '--tls-key', [CompletionResultType]::ParameterName, 'The private key of the certificate, in PEM')
            [CompletionResult]::new('--tls', '--tls', [CompletionResultType]::ParameterName, 'Whether clients must use TLS [default: required with a certificate, --implicit-port or --tls-client-ca, else off]')
            [CompletionResult]::new('--tls-resume', '--tls-resume', [CompletionResultType]::ParameterName, 'Whether data connections must resume the TLS session of their control connection')
            [CompletionResult]::new('--implicit-port', '--implicit-port', [CompletionResultType]::ParameterName, 'Port on which TLS begins at once, commonly 990; 0 is any free one')
            [CompletionResult]::new('--tls-client-ca', '--tls-client-ca', [CompletionResultType]::ParameterName, 'Ask clients for a certificate that an authority in this PEM file has signed. It comes on top of the password')
            [CompletionResult]::new('--tls-client-cert', '--tls-client-cert', [CompletionResultType]::ParameterName, 'Whether clients must have such a certificate')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Serve nothing: say what clients would be told of the server''s addresses and ports, what a firewall must let pass, and what will not work')
            [CompletionResult]::new('--memory', '--memory', [CompletionResultType]::ParameterName, 'Serve an empty tree in memory, which ends with the program and holds 1 GiB at most. Implies --write')
            [CompletionResult]::new('--write', '--write', [CompletionResultType]::ParameterName, 'Let clients also create, change and delete files. What unfinished uploads of a server that crashed have left is removed')
            [CompletionResult]::new('--anonymous', '--anonymous', [CompletionResultType]::ParameterName, 'Let anybody in, as `anonymous` or `ftp` with any password, in place of the one user')
            [CompletionResult]::new('--no-tree-streams', '--no-tree-streams', [CompletionResultType]::ParameterName, 'Do not let clients move whole trees through one data connection')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Log errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Log errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Log each command and reply')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Log each command and reply')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wharf;sessions' {
            [CompletionResult]::new('--socket', '--socket', [CompletionResultType]::ParameterName, 'The server''s control socket')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The server''s configuration, which names its control socket')
            [CompletionResult]::new('--lift', '--lift', [CompletionResultType]::ParameterName, 'Take this ban back, as --bans shows it: "address 192.0.2.7", "user anna" or, of a virtual host, "host ftp.example.org user anna"; the address or the name alone will do where only one ban has it')
            [CompletionResult]::new('--bans', '--bans', [CompletionResultType]::ParameterName, 'Show who is banned in place of who is there')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wharf;kick' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'All sessions of this user, who is of no virtual host unless --host says so')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'The virtual host whose user is meant, as `wharf sessions` shows it')
            [CompletionResult]::new('--socket', '--socket', [CompletionResultType]::ParameterName, 'The server''s control socket')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'The server''s configuration, which names its control socket')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print results as JSON Lines: an object on each line, with its version and the kind of record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'wharf;help' {
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Download a file, or with -r a whole tree')
            [CompletionResult]::new('put', 'put', [CompletionResultType]::ParameterValue, 'Upload files, or with -r whole trees')
            [CompletionResult]::new('ls', 'ls', [CompletionResultType]::ParameterValue, 'List a directory, or show a file')
            [CompletionResult]::new('tree', 'tree', [CompletionResultType]::ParameterValue, 'Show a directory and what is below it as a tree')
            [CompletionResult]::new('find', 'find', [CompletionResultType]::ParameterValue, 'Find what passes all tests below a directory')
            [CompletionResult]::new('stat', 'stat', [CompletionResultType]::ParameterValue, 'Show what the server says of a file or directory')
            [CompletionResult]::new('cat', 'cat', [CompletionResultType]::ParameterValue, 'Print files')
            [CompletionResult]::new('du', 'du', [CompletionResultType]::ParameterValue, 'Show how much is in directories, as far as the listings say')
            [CompletionResult]::new('hash', 'hash', [CompletionResultType]::ParameterValue, 'Show the hashes of files')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Remove files, or with -r whole trees')
            [CompletionResult]::new('mkdir', 'mkdir', [CompletionResultType]::ParameterValue, 'Make directories')
            [CompletionResult]::new('mv', 'mv', [CompletionResultType]::ParameterValue, 'Rename or move a file or directory on the server')
            [CompletionResult]::new('chmod', 'chmod', [CompletionResultType]::ParameterValue, 'Change permissions, where the server has SITE CHMOD')
            [CompletionResult]::new('touch', 'touch', [CompletionResultType]::ParameterValue, 'Set the time of files, where the server has MFMT; those that are not there are made')
            [CompletionResult]::new('raw', 'raw', [CompletionResultType]::ParameterValue, 'Send commands as they are, and show the replies')
            [CompletionResult]::new('bench', 'bench', [CompletionResultType]::ParameterValue, 'Measure a server and the way to it')
            [CompletionResult]::new('probe', 'probe', [CompletionResultType]::ParameterValue, 'Show what a server is, and whether its TLS is right')
            [CompletionResult]::new('sync', 'sync', [CompletionResultType]::ParameterValue, 'Make a tree what another is: from here to a server, from a server to here, or from server to server')
            [CompletionResult]::new('watch', 'watch', [CompletionResultType]::ParameterValue, 'Keep a place on a server what a folder is')
            [CompletionResult]::new('shell', 'shell', [CompletionResultType]::ParameterValue, 'Talk to a server, a command on each line')
            [CompletionResult]::new('bookmark', 'bookmark', [CompletionResultType]::ParameterValue, 'Keep short names for URLs')
            [CompletionResult]::new('password', 'password', [CompletionResultType]::ParameterValue, 'Keep passwords in the system''s keyring')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the script that lets a shell complete the arguments of wharf')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page of wharf or of one of its commands, for man(1)')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Look at the configuration of a server')
            [CompletionResult]::new('user', 'user', [CompletionResultType]::ParameterValue, 'Look after the file of users that a server reads')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Serve a folder over FTP')
            [CompletionResult]::new('sessions', 'sessions', [CompletionResultType]::ParameterValue, 'Show who is connected to a server of this machine')
            [CompletionResult]::new('kick', 'kick', [CompletionResultType]::ParameterValue, 'End sessions of a server of this machine, with what they transfer')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'wharf;help;get' {
            break
        }
        'wharf;help;put' {
            break
        }
        'wharf;help;ls' {
            break
        }
        'wharf;help;tree' {
            break
        }
        'wharf;help;find' {
            break
        }
        'wharf;help;stat' {
            break
        }
        'wharf;help;cat' {
            break
        }
        'wharf;help;du' {
            break
        }
        'wharf;help;hash' {
            break
        }
        'wharf;help;rm' {
            break
        }
        'wharf;help;mkdir' {
            break
        }
        'wharf;help;mv' {
            break
        }
        'wharf;help;chmod' {
            break
        }
        'wharf;help;touch' {
            break
        }
        'wharf;help;raw' {
            break
        }
        'wharf;help;bench' {
            break
        }
        'wharf;help;probe' {
            break
        }
        'wharf;help;sync' {
            break
        }
        'wharf;help;watch' {
            break
        }
        'wharf;help;shell' {
            break
        }
        'wharf;help;bookmark' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Keep a name for a URL, in place of the one it had')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show all names')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Forget a name')
            break
        }
        'wharf;help;bookmark;add' {
            break
        }
        'wharf;help;bookmark;list' {
            break
        }
        'wharf;help;bookmark;rm' {
            break
        }
        'wharf;help;password' {
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Keep a password, in place of the one that was there')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Forget a password')
            break
        }
        'wharf;help;password;set' {
            break
        }
        'wharf;help;password;rm' {
            break
        }
        'wharf;help;completions' {
            break
        }
        'wharf;help;man' {
            break
        }
        'wharf;help;config' {
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Say what is wrong with a file, as `wharf serve` would find it: with the line, and what was probably meant')
            [CompletionResult]::new('example', 'example', [CompletionResultType]::ParameterValue, 'Print a configuration with all that can be said, and a word on each')
            break
        }
        'wharf;help;config;check' {
            break
        }
        'wharf;help;config;example' {
            break
        }
        'wharf;help;user' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add a user')
            [CompletionResult]::new('passwd', 'passwd', [CompletionResultType]::ParameterValue, 'Give a user another password')
            [CompletionResult]::new('rm', 'rm', [CompletionResultType]::ParameterValue, 'Take a user out')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show the names of all users')
            break
        }
        'wharf;help;user;add' {
            break
        }
        'wharf;help;user;passwd' {
            break
        }
        'wharf;help;user;rm' {
            break
        }
        'wharf;help;user;list' {
            break
        }
        'wharf;help;serve' {
            break
        }
        'wharf;help;sessions' {
            break
        }
        'wharf;help;kick' {
            break
        }
        'wharf;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
