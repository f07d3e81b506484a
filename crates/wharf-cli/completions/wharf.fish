# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_wharf_global_optspecs
    string join \n json h/help V/version
end

function __fish_wharf_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_wharf_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_wharf_using_subcommand
    set -l cmd (__fish_wharf_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c wharf -n "__fish_wharf_needs_command" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_needs_command" -s h -l help -d 'Print help'
complete -c wharf -n "__fish_wharf_needs_command" -s V -l version -d 'Print version'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "get" -d 'Download a file, or with -r a whole tree'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "put" -d 'Upload files, or with -r whole trees'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "ls" -d 'List a directory, or show a file'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "tree" -d 'Show a directory and what is below it as a tree'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "find" -d 'Find what passes all tests below a directory'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "stat" -d 'Show what the server says of a file or directory'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "cat" -d 'Print files'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "du" -d 'Show how much is in directories, as far as the listings say'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "hash" -d 'Show the hashes of files'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "rm" -d 'Remove files, or with -r whole trees'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "mkdir" -d 'Make directories'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "mv" -d 'Rename or move a file or directory on the server'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "chmod" -d 'Change permissions, where the server has SITE CHMOD'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "touch" -d 'Set the time of files, where the server has MFMT; those that are not there are made'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "raw" -d 'Send commands as they are, and show the replies'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "bench" -d 'Measure a server and the way to it'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "probe" -d 'Show what a server is, and whether its TLS is right'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "sync" -d 'Make a tree what another is: from here to a server, from a server to here, or from server to server'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "watch" -d 'Keep a place on a server what a folder is'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "shell" -d 'Talk to a server, a command on each line'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "bookmark" -d 'Keep short names for URLs'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "password" -d 'Keep passwords in the system\'s keyring'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "completions" -d 'Print the script that lets a shell complete the arguments of wharf'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "man" -d 'Print the manual page of wharf or of one of its commands, for man(1)'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "config" -d 'Look at the configuration of a server'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "user" -d 'Look after the file of users that a server reads'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "serve" -d 'Serve a folder over FTP'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "sessions" -d 'Show who is connected to a server of this machine'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "kick" -d 'End sessions of a server of this machine, with what they transfer'
complete -c wharf -n "__fish_wharf_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wharf -n "__fish_wharf_using_subcommand get" -l active-address -d 'The address that the server is told to connect to, where a translator stands before this machine' -r
complete -c wharf -n "__fish_wharf_using_subcommand get" -l active-ports -d 'The ports to await the server\'s connections on [default: any]' -r
complete -c wharf -n "__fish_wharf_using_subcommand get" -l passive -d 'Use only this form of passive data connections [default: epsv, then pasv]' -r -f -a "epsv\t''
pasv\t''"
complete -c wharf -n "__fish_wharf_using_subcommand get" -l limit-rate -d 'The most octets a second to move; K, M, G and T are 1024 and its powers' -r
complete -c wharf -n "__fish_wharf_using_subcommand get" -l password-file -d 'The file that holds the password' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand get" -l timeout -d 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]' -r
complete -c wharf -n "__fish_wharf_using_subcommand get" -l charset -d 'The charset of the server\'s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]' -r
complete -c wharf -n "__fish_wharf_using_subcommand get" -l bind -d 'Make connections from this address, or from those of this interface' -r
complete -c wharf -n "__fish_wharf_using_subcommand get" -l proxy -d 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]' -r
complete -c wharf -n "__fish_wharf_using_subcommand get" -l ca-file -d 'Trust the authorities in this PEM file, and no others [default: those of the system]' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand get" -l pin -d 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated' -r
complete -c wharf -n "__fish_wharf_using_subcommand get" -l client-cert -d 'The certificate that shows the server who you are, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand get" -l client-key -d 'The private key of that certificate, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand get" -l segments -d 'Over how many connections a large file comes at a time, each with a part of it' -r
complete -c wharf -n "__fish_wharf_using_subcommand get" -s P -l parallel -d 'How many files to move at a time, each on a connection of its own; a server that allows fewer gets fewer' -r
complete -c wharf -n "__fish_wharf_using_subcommand get" -l active -d 'Have the server make the data connections'
complete -c wharf -n "__fish_wharf_using_subcommand get" -s q -l quiet -d 'Show errors only'
complete -c wharf -n "__fish_wharf_using_subcommand get" -s v -l verbose -d 'Show each command and reply'
complete -c wharf -n "__fish_wharf_using_subcommand get" -l no-proxy -d 'Connect straight, whatever the environment says'
complete -c wharf -n "__fish_wharf_using_subcommand get" -l tls-trust-first-use -d 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
complete -c wharf -n "__fish_wharf_using_subcommand get" -l insecure -d 'Trust any certificate: anybody in the middle can read and change everything, the password too'
complete -c wharf -n "__fish_wharf_using_subcommand get" -s r -l recursive -d 'Download a directory with all below it'
complete -c wharf -n "__fish_wharf_using_subcommand get" -s c -l continue -d 'Leave out files that are there already with the same size and time, and go on with a tree that was cut: a directory that holds nothing but what the tree has, and a file with the size and time of the tree\'s or one that came in part, is its copy, and not a place to put it in. Files that were cut go on where they were, also without it'
complete -c wharf -n "__fish_wharf_using_subcommand get" -l verify -d 'Compare each file with the server\'s by a digest before it gets its name, where the server computes digests; where it does not, that is told'
complete -c wharf -n "__fish_wharf_using_subcommand get" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wharf -n "__fish_wharf_using_subcommand put" -l active-address -d 'The address that the server is told to connect to, where a translator stands before this machine' -r
complete -c wharf -n "__fish_wharf_using_subcommand put" -l active-ports -d 'The ports to await the server\'s connections on [default: any]' -r
complete -c wharf -n "__fish_wharf_using_subcommand put" -l passive -d 'Use only this form of passive data connections [default: epsv, then pasv]' -r -f -a "epsv\t''
pasv\t''"
complete -c wharf -n "__fish_wharf_using_subcommand put" -l limit-rate -d 'The most octets a second to move; K, M, G and T are 1024 and its powers' -r
complete -c wharf -n "__fish_wharf_using_subcommand put" -l password-file -d 'The file that holds the password' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand put" -l timeout -d 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]' -r
complete -c wharf -n "__fish_wharf_using_subcommand put" -l charset -d 'The charset of the server\'s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]' -r
complete -c wharf -n "__fish_wharf_using_subcommand put" -l bind -d 'Make connections from this address, or from those of this interface' -r
complete -c wharf -n "__fish_wharf_using_subcommand put" -l proxy -d 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]' -r
complete -c wharf -n "__fish_wharf_using_subcommand put" -l ca-file -d 'Trust the authorities in this PEM file, and no others [default: those of the system]' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand put" -l pin -d 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated' -r
complete -c wharf -n "__fish_wharf_using_subcommand put" -l client-cert -d 'The certificate that shows the server who you are, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand put" -l client-key -d 'The private key of that certificate, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand put" -s P -l parallel -d 'How many files to move at a time, each on a connection of its own; a server that allows fewer gets fewer' -r
complete -c wharf -n "__fish_wharf_using_subcommand put" -l active -d 'Have the server make the data connections'
complete -c wharf -n "__fish_wharf_using_subcommand put" -s q -l quiet -d 'Show errors only'
complete -c wharf -n "__fish_wharf_using_subcommand put" -s v -l verbose -d 'Show each command and reply'
complete -c wharf -n "__fish_wharf_using_subcommand put" -l no-proxy -d 'Connect straight, whatever the environment says'
complete -c wharf -n "__fish_wharf_using_subcommand put" -l tls-trust-first-use -d 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
complete -c wharf -n "__fish_wharf_using_subcommand put" -l insecure -d 'Trust any certificate: anybody in the middle can read and change everything, the password too'
complete -c wharf -n "__fish_wharf_using_subcommand put" -s r -l recursive -d 'Upload directories with all below them'
complete -c wharf -n "__fish_wharf_using_subcommand put" -s c -l continue -d 'Leave out files that are there already with the same size and time, and go on with a tree that was cut: a directory that holds nothing but what the tree has, and a file with the size and time of the tree\'s or one that came in part, is its copy, and not a place to put it in. Files that were cut go on where they were, also without it'
complete -c wharf -n "__fish_wharf_using_subcommand put" -l verify -d 'Compare each file with the server\'s by a digest before it gets its name, where the server computes digests; where it does not, that is told'
complete -c wharf -n "__fish_wharf_using_subcommand put" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand put" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wharf -n "__fish_wharf_using_subcommand ls" -l active-address -d 'The address that the server is told to connect to, where a translator stands before this machine' -r
complete -c wharf -n "__fish_wharf_using_subcommand ls" -l active-ports -d 'The ports to await the server\'s connections on [default: any]' -r
complete -c wharf -n "__fish_wharf_using_subcommand ls" -l passive -d 'Use only this form of passive data connections [default: epsv, then pasv]' -r -f -a "epsv\t''
pasv\t''"
complete -c wharf -n "__fish_wharf_using_subcommand ls" -l limit-rate -d 'The most octets a second to move; K, M, G and T are 1024 and its powers' -r
complete -c wharf -n "__fish_wharf_using_subcommand ls" -l password-file -d 'The file that holds the password' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand ls" -l timeout -d 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]' -r
complete -c wharf -n "__fish_wharf_using_subcommand ls" -l charset -d 'The charset of the server\'s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]' -r
complete -c wharf -n "__fish_wharf_using_subcommand ls" -l bind -d 'Make connections from this address, or from those of this interface' -r
complete -c wharf -n "__fish_wharf_using_subcommand ls" -l proxy -d 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]' -r
complete -c wharf -n "__fish_wharf_using_subcommand ls" -l ca-file -d 'Trust the authorities in this PEM file, and no others [default: those of the system]' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand ls" -l pin -d 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated' -r
complete -c wharf -n "__fish_wharf_using_subcommand ls" -l client-cert -d 'The certificate that shows the server who you are, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand ls" -l client-key -d 'The private key of that certificate, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand ls" -s P -l parallel -d 'How many directories to list at a time, each on a connection of its own; a server that allows fewer gets fewer' -r
complete -c wharf -n "__fish_wharf_using_subcommand ls" -l sort -d 'What to sort by: name, the largest first, or the newest first' -r -f -a "name\t''
size\t''
time\t''"
complete -c wharf -n "__fish_wharf_using_subcommand ls" -l active -d 'Have the server make the data connections'
complete -c wharf -n "__fish_wharf_using_subcommand ls" -s q -l quiet -d 'Show errors only'
complete -c wharf -n "__fish_wharf_using_subcommand ls" -s v -l verbose -d 'Show each command and reply'
complete -c wharf -n "__fish_wharf_using_subcommand ls" -l no-proxy -d 'Connect straight, whatever the environment says'
complete -c wharf -n "__fish_wharf_using_subcommand ls" -l tls-trust-first-use -d 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
complete -c wharf -n "__fish_wharf_using_subcommand ls" -l insecure -d 'Trust any certificate: anybody in the middle can read and change everything, the password too'
complete -c wharf -n "__fish_wharf_using_subcommand ls" -s l -l long -d 'Show permissions, size and time too'
complete -c wharf -n "__fish_wharf_using_subcommand ls" -s a -l all -d 'Ask for names that begin with a dot, where the server hides them'
complete -c wharf -n "__fish_wharf_using_subcommand ls" -s R -l recursive -d 'List what lies below too'
complete -c wharf -n "__fish_wharf_using_subcommand ls" -s r -l reverse -d 'Sort the other way round'
complete -c wharf -n "__fish_wharf_using_subcommand ls" -s U -l unsorted -d 'Show entries as they come, in the server\'s order'
complete -c wharf -n "__fish_wharf_using_subcommand ls" -s 0 -l null -d 'Print names as they are, each followed by NUL'
complete -c wharf -n "__fish_wharf_using_subcommand ls" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wharf -n "__fish_wharf_using_subcommand tree" -l active-address -d 'The address that the server is told to connect to, where a translator stands before this machine' -r
complete -c wharf -n "__fish_wharf_using_subcommand tree" -l active-ports -d 'The ports to await the server\'s connections on [default: any]' -r
complete -c wharf -n "__fish_wharf_using_subcommand tree" -l passive -d 'Use only this form of passive data connections [default: epsv, then pasv]' -r -f -a "epsv\t''
pasv\t''"
complete -c wharf -n "__fish_wharf_using_subcommand tree" -l limit-rate -d 'The most octets a second to move; K, M, G and T are 1024 and its powers' -r
complete -c wharf -n "__fish_wharf_using_subcommand tree" -l password-file -d 'The file that holds the password' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand tree" -l timeout -d 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]' -r
complete -c wharf -n "__fish_wharf_using_subcommand tree" -l charset -d 'The charset of the server\'s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]' -r
complete -c wharf -n "__fish_wharf_using_subcommand tree" -l bind -d 'Make connections from this address, or from those of this interface' -r
complete -c wharf -n "__fish_wharf_using_subcommand tree" -l proxy -d 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]' -r
complete -c wharf -n "__fish_wharf_using_subcommand tree" -l ca-file -d 'Trust the authorities in this PEM file, and no others [default: those of the system]' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand tree" -l pin -d 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated' -r
complete -c wharf -n "__fish_wharf_using_subcommand tree" -l client-cert -d 'The certificate that shows the server who you are, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand tree" -l client-key -d 'The private key of that certificate, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand tree" -s L -l depth -d 'How many levels to show' -r
complete -c wharf -n "__fish_wharf_using_subcommand tree" -s P -l parallel -d 'How many directories to list at a time, each on a connection of its own; a server that allows fewer gets fewer' -r
complete -c wharf -n "__fish_wharf_using_subcommand tree" -l active -d 'Have the server make the data connections'
complete -c wharf -n "__fish_wharf_using_subcommand tree" -s q -l quiet -d 'Show errors only'
complete -c wharf -n "__fish_wharf_using_subcommand tree" -s v -l verbose -d 'Show each command and reply'
complete -c wharf -n "__fish_wharf_using_subcommand tree" -l no-proxy -d 'Connect straight, whatever the environment says'
complete -c wharf -n "__fish_wharf_using_subcommand tree" -l tls-trust-first-use -d 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
complete -c wharf -n "__fish_wharf_using_subcommand tree" -l insecure -d 'Trust any certificate: anybody in the middle can read and change everything, the password too'
complete -c wharf -n "__fish_wharf_using_subcommand tree" -s d -l dirs -d 'Show directories only'
complete -c wharf -n "__fish_wharf_using_subcommand tree" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand tree" -s h -l help -d 'Print help'
complete -c wharf -n "__fish_wharf_using_subcommand find" -l active-address -d 'The address that the server is told to connect to, where a translator stands before this machine' -r
complete -c wharf -n "__fish_wharf_using_subcommand find" -l active-ports -d 'The ports to await the server\'s connections on [default: any]' -r
complete -c wharf -n "__fish_wharf_using_subcommand find" -l passive -d 'Use only this form of passive data connections [default: epsv, then pasv]' -r -f -a "epsv\t''
pasv\t''"
complete -c wharf -n "__fish_wharf_using_subcommand find" -l limit-rate -d 'The most octets a second to move; K, M, G and T are 1024 and its powers' -r
complete -c wharf -n "__fish_wharf_using_subcommand find" -l password-file -d 'The file that holds the password' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand find" -l timeout -d 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]' -r
complete -c wharf -n "__fish_wharf_using_subcommand find" -l charset -d 'The charset of the server\'s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]' -r
complete -c wharf -n "__fish_wharf_using_subcommand find" -l bind -d 'Make connections from this address, or from those of this interface' -r
complete -c wharf -n "__fish_wharf_using_subcommand find" -l proxy -d 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]' -r
complete -c wharf -n "__fish_wharf_using_subcommand find" -l ca-file -d 'Trust the authorities in this PEM file, and no others [default: those of the system]' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand find" -l pin -d 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated' -r
complete -c wharf -n "__fish_wharf_using_subcommand find" -l client-cert -d 'The certificate that shows the server who you are, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand find" -l client-key -d 'The private key of that certificate, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand find" -l name -d 'The name is like this, with *, ? and [abc]; may be repeated, one has to fit' -r
complete -c wharf -n "__fish_wharf_using_subcommand find" -l iname -d 'As --name, in any letter case' -r
complete -c wharf -n "__fish_wharf_using_subcommand find" -l type -d 'It is a file (f), a directory (d) or a link (l)' -r -f -a "f\t''
d\t''
l\t''"
complete -c wharf -n "__fish_wharf_using_subcommand find" -l size -d 'The size in octets: +10M is more, -1K is less, 512 is just that; may be repeated' -r
complete -c wharf -n "__fish_wharf_using_subcommand find" -l mtime -d 'When it was changed: +7d is longer ago, -12h is since then; of s, m, h, d and w, d where none is given' -r
complete -c wharf -n "__fish_wharf_using_subcommand find" -l maxdepth -d 'Look at so many levels, the directory\'s own entries are the first' -r
complete -c wharf -n "__fish_wharf_using_subcommand find" -l mindepth -d 'Leave out so many levels less one' -r
complete -c wharf -n "__fish_wharf_using_subcommand find" -s P -l parallel -d 'How many directories to list at a time, each on a connection of its own; a server that allows fewer gets fewer' -r
complete -c wharf -n "__fish_wharf_using_subcommand find" -l active -d 'Have the server make the data connections'
complete -c wharf -n "__fish_wharf_using_subcommand find" -s q -l quiet -d 'Show errors only'
complete -c wharf -n "__fish_wharf_using_subcommand find" -s v -l verbose -d 'Show each command and reply'
complete -c wharf -n "__fish_wharf_using_subcommand find" -l no-proxy -d 'Connect straight, whatever the environment says'
complete -c wharf -n "__fish_wharf_using_subcommand find" -l tls-trust-first-use -d 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
complete -c wharf -n "__fish_wharf_using_subcommand find" -l insecure -d 'Trust any certificate: anybody in the middle can read and change everything, the password too'
complete -c wharf -n "__fish_wharf_using_subcommand find" -s 0 -l null -l print0 -d 'Print pathnames as they are, each followed by NUL'
complete -c wharf -n "__fish_wharf_using_subcommand find" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand find" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wharf -n "__fish_wharf_using_subcommand stat" -l active-address -d 'The address that the server is told to connect to, where a translator stands before this machine' -r
complete -c wharf -n "__fish_wharf_using_subcommand stat" -l active-ports -d 'The ports to await the server\'s connections on [default: any]' -r
complete -c wharf -n "__fish_wharf_using_subcommand stat" -l passive -d 'Use only this form of passive data connections [default: epsv, then pasv]' -r -f -a "epsv\t''
pasv\t''"
complete -c wharf -n "__fish_wharf_using_subcommand stat" -l limit-rate -d 'The most octets a second to move; K, M, G and T are 1024 and its powers' -r
complete -c wharf -n "__fish_wharf_using_subcommand stat" -l password-file -d 'The file that holds the password' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand stat" -l timeout -d 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]' -r
complete -c wharf -n "__fish_wharf_using_subcommand stat" -l charset -d 'The charset of the server\'s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]' -r
complete -c wharf -n "__fish_wharf_using_subcommand stat" -l bind -d 'Make connections from this address, or from those of this interface' -r
complete -c wharf -n "__fish_wharf_using_subcommand stat" -l proxy -d 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]' -r
complete -c wharf -n "__fish_wharf_using_subcommand stat" -l ca-file -d 'Trust the authorities in this PEM file, and no others [default: those of the system]' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand stat" -l pin -d 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated' -r
complete -c wharf -n "__fish_wharf_using_subcommand stat" -l client-cert -d 'The certificate that shows the server who you are, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand stat" -l client-key -d 'The private key of that certificate, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand stat" -l active -d 'Have the server make the data connections'
complete -c wharf -n "__fish_wharf_using_subcommand stat" -s q -l quiet -d 'Show errors only'
complete -c wharf -n "__fish_wharf_using_subcommand stat" -s v -l verbose -d 'Show each command and reply'
complete -c wharf -n "__fish_wharf_using_subcommand stat" -l no-proxy -d 'Connect straight, whatever the environment says'
complete -c wharf -n "__fish_wharf_using_subcommand stat" -l tls-trust-first-use -d 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
complete -c wharf -n "__fish_wharf_using_subcommand stat" -l insecure -d 'Trust any certificate: anybody in the middle can read and change everything, the password too'
complete -c wharf -n "__fish_wharf_using_subcommand stat" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand stat" -s h -l help -d 'Print help'
complete -c wharf -n "__fish_wharf_using_subcommand cat" -l active-address -d 'The address that the server is told to connect to, where a translator stands before this machine' -r
complete -c wharf -n "__fish_wharf_using_subcommand cat" -l active-ports -d 'The ports to await the server\'s connections on [default: any]' -r
complete -c wharf -n "__fish_wharf_using_subcommand cat" -l passive -d 'Use only this form of passive data connections [default: epsv, then pasv]' -r -f -a "epsv\t''
pasv\t''"
complete -c wharf -n "__fish_wharf_using_subcommand cat" -l limit-rate -d 'The most octets a second to move; K, M, G and T are 1024 and its powers' -r
complete -c wharf -n "__fish_wharf_using_subcommand cat" -l password-file -d 'The file that holds the password' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand cat" -l timeout -d 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]' -r
complete -c wharf -n "__fish_wharf_using_subcommand cat" -l charset -d 'The charset of the server\'s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]' -r
complete -c wharf -n "__fish_wharf_using_subcommand cat" -l bind -d 'Make connections from this address, or from those of this interface' -r
complete -c wharf -n "__fish_wharf_using_subcommand cat" -l proxy -d 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]' -r
complete -c wharf -n "__fish_wharf_using_subcommand cat" -l ca-file -d 'Trust the authorities in this PEM file, and no others [default: those of the system]' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand cat" -l pin -d 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated' -r
complete -c wharf -n "__fish_wharf_using_subcommand cat" -l client-cert -d 'The certificate that shows the server who you are, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand cat" -l client-key -d 'The private key of that certificate, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand cat" -l offset -d 'Begin at this octet' -r
complete -c wharf -n "__fish_wharf_using_subcommand cat" -l length -d 'Print so many octets of each file at most' -r
complete -c wharf -n "__fish_wharf_using_subcommand cat" -l active -d 'Have the server make the data connections'
complete -c wharf -n "__fish_wharf_using_subcommand cat" -s q -l quiet -d 'Show errors only'
complete -c wharf -n "__fish_wharf_using_subcommand cat" -s v -l verbose -d 'Show each command and reply'
complete -c wharf -n "__fish_wharf_using_subcommand cat" -l no-proxy -d 'Connect straight, whatever the environment says'
complete -c wharf -n "__fish_wharf_using_subcommand cat" -l tls-trust-first-use -d 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
complete -c wharf -n "__fish_wharf_using_subcommand cat" -l insecure -d 'Trust any certificate: anybody in the middle can read and change everything, the password too'
complete -c wharf -n "__fish_wharf_using_subcommand cat" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand cat" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wharf -n "__fish_wharf_using_subcommand du" -l active-address -d 'The address that the server is told to connect to, where a translator stands before this machine' -r
complete -c wharf -n "__fish_wharf_using_subcommand du" -l active-ports -d 'The ports to await the server\'s connections on [default: any]' -r
complete -c wharf -n "__fish_wharf_using_subcommand du" -l passive -d 'Use only this form of passive data connections [default: epsv, then pasv]' -r -f -a "epsv\t''
pasv\t''"
complete -c wharf -n "__fish_wharf_using_subcommand du" -l limit-rate -d 'The most octets a second to move; K, M, G and T are 1024 and its powers' -r
complete -c wharf -n "__fish_wharf_using_subcommand du" -l password-file -d 'The file that holds the password' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand du" -l timeout -d 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]' -r
complete -c wharf -n "__fish_wharf_using_subcommand du" -l charset -d 'The charset of the server\'s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]' -r
complete -c wharf -n "__fish_wharf_using_subcommand du" -l bind -d 'Make connections from this address, or from those of this interface' -r
complete -c wharf -n "__fish_wharf_using_subcommand du" -l proxy -d 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]' -r
complete -c wharf -n "__fish_wharf_using_subcommand du" -l ca-file -d 'Trust the authorities in this PEM file, and no others [default: those of the system]' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand du" -l pin -d 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated' -r
complete -c wharf -n "__fish_wharf_using_subcommand du" -l client-cert -d 'The certificate that shows the server who you are, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand du" -l client-key -d 'The private key of that certificate, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand du" -s d -l depth -d 'How many levels of directories to show; 0 is the sum only' -r
complete -c wharf -n "__fish_wharf_using_subcommand du" -s P -l parallel -d 'How many directories to list at a time, each on a connection of its own; a server that allows fewer gets fewer' -r
complete -c wharf -n "__fish_wharf_using_subcommand du" -l active -d 'Have the server make the data connections'
complete -c wharf -n "__fish_wharf_using_subcommand du" -s q -l quiet -d 'Show errors only'
complete -c wharf -n "__fish_wharf_using_subcommand du" -s v -l verbose -d 'Show each command and reply'
complete -c wharf -n "__fish_wharf_using_subcommand du" -l no-proxy -d 'Connect straight, whatever the environment says'
complete -c wharf -n "__fish_wharf_using_subcommand du" -l tls-trust-first-use -d 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
complete -c wharf -n "__fish_wharf_using_subcommand du" -l insecure -d 'Trust any certificate: anybody in the middle can read and change everything, the password too'
complete -c wharf -n "__fish_wharf_using_subcommand du" -s s -l summarize -d 'Show the sum only'
complete -c wharf -n "__fish_wharf_using_subcommand du" -s h -l human -d 'Show sizes with units'
complete -c wharf -n "__fish_wharf_using_subcommand du" -l help -d 'Print help'
complete -c wharf -n "__fish_wharf_using_subcommand du" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand hash" -l active-address -d 'The address that the server is told to connect to, where a translator stands before this machine' -r
complete -c wharf -n "__fish_wharf_using_subcommand hash" -l active-ports -d 'The ports to await the server\'s connections on [default: any]' -r
complete -c wharf -n "__fish_wharf_using_subcommand hash" -l passive -d 'Use only this form of passive data connections [default: epsv, then pasv]' -r -f -a "epsv\t''
pasv\t''"
complete -c wharf -n "__fish_wharf_using_subcommand hash" -l limit-rate -d 'The most octets a second to move; K, M, G and T are 1024 and its powers' -r
complete -c wharf -n "__fish_wharf_using_subcommand hash" -l password-file -d 'The file that holds the password' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand hash" -l timeout -d 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]' -r
complete -c wharf -n "__fish_wharf_using_subcommand hash" -l charset -d 'The charset of the server\'s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]' -r
complete -c wharf -n "__fish_wharf_using_subcommand hash" -l bind -d 'Make connections from this address, or from those of this interface' -r
complete -c wharf -n "__fish_wharf_using_subcommand hash" -l proxy -d 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]' -r
complete -c wharf -n "__fish_wharf_using_subcommand hash" -l ca-file -d 'Trust the authorities in this PEM file, and no others [default: those of the system]' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand hash" -l pin -d 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated' -r
complete -c wharf -n "__fish_wharf_using_subcommand hash" -l client-cert -d 'The certificate that shows the server who you are, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand hash" -l client-key -d 'The private key of that certificate, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand hash" -s a -l algorithm -d 'Which hash' -r -f -a "sha256\t''
sha512\t''
sha1\t''
md5\t''
crc32\t''"
complete -c wharf -n "__fish_wharf_using_subcommand hash" -l expect -d 'The hash that the files are to have, in hexadecimal' -r
complete -c wharf -n "__fish_wharf_using_subcommand hash" -l active -d 'Have the server make the data connections'
complete -c wharf -n "__fish_wharf_using_subcommand hash" -s q -l quiet -d 'Show errors only'
complete -c wharf -n "__fish_wharf_using_subcommand hash" -s v -l verbose -d 'Show each command and reply'
complete -c wharf -n "__fish_wharf_using_subcommand hash" -l no-proxy -d 'Connect straight, whatever the environment says'
complete -c wharf -n "__fish_wharf_using_subcommand hash" -l tls-trust-first-use -d 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
complete -c wharf -n "__fish_wharf_using_subcommand hash" -l insecure -d 'Trust any certificate: anybody in the middle can read and change everything, the password too'
complete -c wharf -n "__fish_wharf_using_subcommand hash" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand hash" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wharf -n "__fish_wharf_using_subcommand rm" -l active-address -d 'The address that the server is told to connect to, where a translator stands before this machine' -r
complete -c wharf -n "__fish_wharf_using_subcommand rm" -l active-ports -d 'The ports to await the server\'s connections on [default: any]' -r
complete -c wharf -n "__fish_wharf_using_subcommand rm" -l passive -d 'Use only this form of passive data connections [default: epsv, then pasv]' -r -f -a "epsv\t''
pasv\t''"
complete -c wharf -n "__fish_wharf_using_subcommand rm" -l limit-rate -d 'The most octets a second to move; K, M, G and T are 1024 and its powers' -r
complete -c wharf -n "__fish_wharf_using_subcommand rm" -l password-file -d 'The file that holds the password' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand rm" -l timeout -d 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]' -r
complete -c wharf -n "__fish_wharf_using_subcommand rm" -l charset -d 'The charset of the server\'s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]' -r
complete -c wharf -n "__fish_wharf_using_subcommand rm" -l bind -d 'Make connections from this address, or from those of this interface' -r
complete -c wharf -n "__fish_wharf_using_subcommand rm" -l proxy -d 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]' -r
complete -c wharf -n "__fish_wharf_using_subcommand rm" -l ca-file -d 'Trust the authorities in this PEM file, and no others [default: those of the system]' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand rm" -l pin -d 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated' -r
complete -c wharf -n "__fish_wharf_using_subcommand rm" -l client-cert -d 'The certificate that shows the server who you are, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand rm" -l client-key -d 'The private key of that certificate, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand rm" -s P -l parallel -d 'How many connections to remove trees over; a server that allows fewer gets fewer' -r
complete -c wharf -n "__fish_wharf_using_subcommand rm" -l active -d 'Have the server make the data connections'
complete -c wharf -n "__fish_wharf_using_subcommand rm" -s q -l quiet -d 'Show errors only'
complete -c wharf -n "__fish_wharf_using_subcommand rm" -s v -l verbose -d 'Show each command and reply'
complete -c wharf -n "__fish_wharf_using_subcommand rm" -l no-proxy -d 'Connect straight, whatever the environment says'
complete -c wharf -n "__fish_wharf_using_subcommand rm" -l tls-trust-first-use -d 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
complete -c wharf -n "__fish_wharf_using_subcommand rm" -l insecure -d 'Trust any certificate: anybody in the middle can read and change everything, the password too'
complete -c wharf -n "__fish_wharf_using_subcommand rm" -s r -l recursive -d 'Remove directories with all below them; links are removed and not followed'
complete -c wharf -n "__fish_wharf_using_subcommand rm" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand rm" -s h -l help -d 'Print help'
complete -c wharf -n "__fish_wharf_using_subcommand mkdir" -l active-address -d 'The address that the server is told to connect to, where a translator stands before this machine' -r
complete -c wharf -n "__fish_wharf_using_subcommand mkdir" -l active-ports -d 'The ports to await the server\'s connections on [default: any]' -r
complete -c wharf -n "__fish_wharf_using_subcommand mkdir" -l passive -d 'Use only this form of passive data connections [default: epsv, then pasv]' -r -f -a "epsv\t''
pasv\t''"
complete -c wharf -n "__fish_wharf_using_subcommand mkdir" -l limit-rate -d 'The most octets a second to move; K, M, G and T are 1024 and its powers' -r
complete -c wharf -n "__fish_wharf_using_subcommand mkdir" -l password-file -d 'The file that holds the password' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand mkdir" -l timeout -d 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]' -r
complete -c wharf -n "__fish_wharf_using_subcommand mkdir" -l charset -d 'The charset of the server\'s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]' -r
complete -c wharf -n "__fish_wharf_using_subcommand mkdir" -l bind -d 'Make connections from this address, or from those of this interface' -r
complete -c wharf -n "__fish_wharf_using_subcommand mkdir" -l proxy -d 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]' -r
complete -c wharf -n "__fish_wharf_using_subcommand mkdir" -l ca-file -d 'Trust the authorities in this PEM file, and no others [default: those of the system]' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand mkdir" -l pin -d 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated' -r
complete -c wharf -n "__fish_wharf_using_subcommand mkdir" -l client-cert -d 'The certificate that shows the server who you are, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand mkdir" -l client-key -d 'The private key of that certificate, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand mkdir" -l active -d 'Have the server make the data connections'
complete -c wharf -n "__fish_wharf_using_subcommand mkdir" -s q -l quiet -d 'Show errors only'
complete -c wharf -n "__fish_wharf_using_subcommand mkdir" -s v -l verbose -d 'Show each command and reply'
complete -c wharf -n "__fish_wharf_using_subcommand mkdir" -l no-proxy -d 'Connect straight, whatever the environment says'
complete -c wharf -n "__fish_wharf_using_subcommand mkdir" -l tls-trust-first-use -d 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
complete -c wharf -n "__fish_wharf_using_subcommand mkdir" -l insecure -d 'Trust any certificate: anybody in the middle can read and change everything, the password too'
complete -c wharf -n "__fish_wharf_using_subcommand mkdir" -s p -l parents -d 'Make the directories above it too, and be content if it is there'
complete -c wharf -n "__fish_wharf_using_subcommand mkdir" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand mkdir" -s h -l help -d 'Print help'
complete -c wharf -n "__fish_wharf_using_subcommand mv" -l active-address -d 'The address that the server is told to connect to, where a translator stands before this machine' -r
complete -c wharf -n "__fish_wharf_using_subcommand mv" -l active-ports -d 'The ports to await the server\'s connections on [default: any]' -r
complete -c wharf -n "__fish_wharf_using_subcommand mv" -l passive -d 'Use only this form of passive data connections [default: epsv, then pasv]' -r -f -a "epsv\t''
pasv\t''"
complete -c wharf -n "__fish_wharf_using_subcommand mv" -l limit-rate -d 'The most octets a second to move; K, M, G and T are 1024 and its powers' -r
complete -c wharf -n "__fish_wharf_using_subcommand mv" -l password-file -d 'The file that holds the password' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand mv" -l timeout -d 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]' -r
complete -c wharf -n "__fish_wharf_using_subcommand mv" -l charset -d 'The charset of the server\'s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]' -r
complete -c wharf -n "__fish_wharf_using_subcommand mv" -l bind -d 'Make connections from this address, or from those of this interface' -r
complete -c wharf -n "__fish_wharf_using_subcommand mv" -l proxy -d 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]' -r
complete -c wharf -n "__fish_wharf_using_subcommand mv" -l ca-file -d 'Trust the authorities in this PEM file, and no others [default: those of the system]' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand mv" -l pin -d 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated' -r
complete -c wharf -n "__fish_wharf_using_subcommand mv" -l client-cert -d 'The certificate that shows the server who you are, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand mv" -l client-key -d 'The private key of that certificate, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand mv" -l active -d 'Have the server make the data connections'
complete -c wharf -n "__fish_wharf_using_subcommand mv" -s q -l quiet -d 'Show errors only'
complete -c wharf -n "__fish_wharf_using_subcommand mv" -s v -l verbose -d 'Show each command and reply'
complete -c wharf -n "__fish_wharf_using_subcommand mv" -l no-proxy -d 'Connect straight, whatever the environment says'
complete -c wharf -n "__fish_wharf_using_subcommand mv" -l tls-trust-first-use -d 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
complete -c wharf -n "__fish_wharf_using_subcommand mv" -l insecure -d 'Trust any certificate: anybody in the middle can read and change everything, the password too'
complete -c wharf -n "__fish_wharf_using_subcommand mv" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand mv" -s h -l help -d 'Print help'
complete -c wharf -n "__fish_wharf_using_subcommand chmod" -l active-address -d 'The address that the server is told to connect to, where a translator stands before this machine' -r
complete -c wharf -n "__fish_wharf_using_subcommand chmod" -l active-ports -d 'The ports to await the server\'s connections on [default: any]' -r
complete -c wharf -n "__fish_wharf_using_subcommand chmod" -l passive -d 'Use only this form of passive data connections [default: epsv, then pasv]' -r -f -a "epsv\t''
pasv\t''"
complete -c wharf -n "__fish_wharf_using_subcommand chmod" -l limit-rate -d 'The most octets a second to move; K, M, G and T are 1024 and its powers' -r
complete -c wharf -n "__fish_wharf_using_subcommand chmod" -l password-file -d 'The file that holds the password' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand chmod" -l timeout -d 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]' -r
complete -c wharf -n "__fish_wharf_using_subcommand chmod" -l charset -d 'The charset of the server\'s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]' -r
complete -c wharf -n "__fish_wharf_using_subcommand chmod" -l bind -d 'Make connections from this address, or from those of this interface' -r
complete -c wharf -n "__fish_wharf_using_subcommand chmod" -l proxy -d 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]' -r
complete -c wharf -n "__fish_wharf_using_subcommand chmod" -l ca-file -d 'Trust the authorities in this PEM file, and no others [default: those of the system]' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand chmod" -l pin -d 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated' -r
complete -c wharf -n "__fish_wharf_using_subcommand chmod" -l client-cert -d 'The certificate that shows the server who you are, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand chmod" -l client-key -d 'The private key of that certificate, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand chmod" -l active -d 'Have the server make the data connections'
complete -c wharf -n "__fish_wharf_using_subcommand chmod" -s q -l quiet -d 'Show errors only'
complete -c wharf -n "__fish_wharf_using_subcommand chmod" -s v -l verbose -d 'Show each command and reply'
complete -c wharf -n "__fish_wharf_using_subcommand chmod" -l no-proxy -d 'Connect straight, whatever the environment says'
complete -c wharf -n "__fish_wharf_using_subcommand chmod" -l tls-trust-first-use -d 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
complete -c wharf -n "__fish_wharf_using_subcommand chmod" -l insecure -d 'Trust any certificate: anybody in the middle can read and change everything, the password too'
complete -c wharf -n "__fish_wharf_using_subcommand chmod" -s R -l recursive -d 'Change all below a directory too; links are left as they are'
complete -c wharf -n "__fish_wharf_using_subcommand chmod" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand chmod" -s h -l help -d 'Print help'
complete -c wharf -n "__fish_wharf_using_subcommand touch" -l active-address -d 'The address that the server is told to connect to, where a translator stands before this machine' -r
complete -c wharf -n "__fish_wharf_using_subcommand touch" -l active-ports -d 'The ports to await the server\'s connections on [default: any]' -r
complete -c wharf -n "__fish_wharf_using_subcommand touch" -l passive -d 'Use only this form of passive data connections [default: epsv, then pasv]' -r -f -a "epsv\t''
pasv\t''"
complete -c wharf -n "__fish_wharf_using_subcommand touch" -l limit-rate -d 'The most octets a second to move; K, M, G and T are 1024 and its powers' -r
complete -c wharf -n "__fish_wharf_using_subcommand touch" -l password-file -d 'The file that holds the password' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand touch" -l timeout -d 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]' -r
complete -c wharf -n "__fish_wharf_using_subcommand touch" -l charset -d 'The charset of the server\'s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]' -r
complete -c wharf -n "__fish_wharf_using_subcommand touch" -l bind -d 'Make connections from this address, or from those of this interface' -r
complete -c wharf -n "__fish_wharf_using_subcommand touch" -l proxy -d 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]' -r
complete -c wharf -n "__fish_wharf_using_subcommand touch" -l ca-file -d 'Trust the authorities in this PEM file, and no others [default: those of the system]' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand touch" -l pin -d 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated' -r
complete -c wharf -n "__fish_wharf_using_subcommand touch" -l client-cert -d 'The certificate that shows the server who you are, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand touch" -l client-key -d 'The private key of that certificate, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand touch" -s d -l date -d 'The time to set, such as 2026-11-23T10:00:00Z [default: now]' -r
complete -c wharf -n "__fish_wharf_using_subcommand touch" -l active -d 'Have the server make the data connections'
complete -c wharf -n "__fish_wharf_using_subcommand touch" -s q -l quiet -d 'Show errors only'
complete -c wharf -n "__fish_wharf_using_subcommand touch" -s v -l verbose -d 'Show each command and reply'
complete -c wharf -n "__fish_wharf_using_subcommand touch" -l no-proxy -d 'Connect straight, whatever the environment says'
complete -c wharf -n "__fish_wharf_using_subcommand touch" -l tls-trust-first-use -d 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
complete -c wharf -n "__fish_wharf_using_subcommand touch" -l insecure -d 'Trust any certificate: anybody in the middle can read and change everything, the password too'
complete -c wharf -n "__fish_wharf_using_subcommand touch" -s c -l no-create -d 'Make no file'
complete -c wharf -n "__fish_wharf_using_subcommand touch" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand touch" -s h -l help -d 'Print help'
complete -c wharf -n "__fish_wharf_using_subcommand raw" -l active-address -d 'The address that the server is told to connect to, where a translator stands before this machine' -r
complete -c wharf -n "__fish_wharf_using_subcommand raw" -l active-ports -d 'The ports to await the server\'s connections on [default: any]' -r
complete -c wharf -n "__fish_wharf_using_subcommand raw" -l passive -d 'Use only this form of passive data connections [default: epsv, then pasv]' -r -f -a "epsv\t''
pasv\t''"
complete -c wharf -n "__fish_wharf_using_subcommand raw" -l limit-rate -d 'The most octets a second to move; K, M, G and T are 1024 and its powers' -r
complete -c wharf -n "__fish_wharf_using_subcommand raw" -l password-file -d 'The file that holds the password' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand raw" -l timeout -d 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]' -r
complete -c wharf -n "__fish_wharf_using_subcommand raw" -l charset -d 'The charset of the server\'s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]' -r
complete -c wharf -n "__fish_wharf_using_subcommand raw" -l bind -d 'Make connections from this address, or from those of this interface' -r
complete -c wharf -n "__fish_wharf_using_subcommand raw" -l proxy -d 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]' -r
complete -c wharf -n "__fish_wharf_using_subcommand raw" -l ca-file -d 'Trust the authorities in this PEM file, and no others [default: those of the system]' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand raw" -l pin -d 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated' -r
complete -c wharf -n "__fish_wharf_using_subcommand raw" -l client-cert -d 'The certificate that shows the server who you are, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand raw" -l client-key -d 'The private key of that certificate, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand raw" -l active -d 'Have the server make the data connections'
complete -c wharf -n "__fish_wharf_using_subcommand raw" -s q -l quiet -d 'Show errors only'
complete -c wharf -n "__fish_wharf_using_subcommand raw" -s v -l verbose -d 'Show each command and reply'
complete -c wharf -n "__fish_wharf_using_subcommand raw" -l no-proxy -d 'Connect straight, whatever the environment says'
complete -c wharf -n "__fish_wharf_using_subcommand raw" -l tls-trust-first-use -d 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
complete -c wharf -n "__fish_wharf_using_subcommand raw" -l insecure -d 'Trust any certificate: anybody in the middle can read and change everything, the password too'
complete -c wharf -n "__fish_wharf_using_subcommand raw" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand raw" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wharf -n "__fish_wharf_using_subcommand bench" -l active-address -d 'The address that the server is told to connect to, where a translator stands before this machine' -r
complete -c wharf -n "__fish_wharf_using_subcommand bench" -l active-ports -d 'The ports to await the server\'s connections on [default: any]' -r
complete -c wharf -n "__fish_wharf_using_subcommand bench" -l passive -d 'Use only this form of passive data connections [default: epsv, then pasv]' -r -f -a "epsv\t''
pasv\t''"
complete -c wharf -n "__fish_wharf_using_subcommand bench" -l limit-rate -d 'The most octets a second to move; K, M, G and T are 1024 and its powers' -r
complete -c wharf -n "__fish_wharf_using_subcommand bench" -l password-file -d 'The file that holds the password' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand bench" -l timeout -d 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]' -r
complete -c wharf -n "__fish_wharf_using_subcommand bench" -l charset -d 'The charset of the server\'s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]' -r
complete -c wharf -n "__fish_wharf_using_subcommand bench" -l bind -d 'Make connections from this address, or from those of this interface' -r
complete -c wharf -n "__fish_wharf_using_subcommand bench" -l proxy -d 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]' -r
complete -c wharf -n "__fish_wharf_using_subcommand bench" -l ca-file -d 'Trust the authorities in this PEM file, and no others [default: those of the system]' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand bench" -l pin -d 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated' -r
complete -c wharf -n "__fish_wharf_using_subcommand bench" -l client-cert -d 'The certificate that shows the server who you are, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand bench" -l client-key -d 'The private key of that certificate, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand bench" -s t -l for -d 'How long each speed is measured' -r
complete -c wharf -n "__fish_wharf_using_subcommand bench" -l active -d 'Have the server make the data connections'
complete -c wharf -n "__fish_wharf_using_subcommand bench" -s q -l quiet -d 'Show errors only'
complete -c wharf -n "__fish_wharf_using_subcommand bench" -s v -l verbose -d 'Show each command and reply'
complete -c wharf -n "__fish_wharf_using_subcommand bench" -l no-proxy -d 'Connect straight, whatever the environment says'
complete -c wharf -n "__fish_wharf_using_subcommand bench" -l tls-trust-first-use -d 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
complete -c wharf -n "__fish_wharf_using_subcommand bench" -l insecure -d 'Trust any certificate: anybody in the middle can read and change everything, the password too'
complete -c wharf -n "__fish_wharf_using_subcommand bench" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand bench" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wharf -n "__fish_wharf_using_subcommand probe" -l password-file -d 'The file that holds the password' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand probe" -l timeout -d 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]' -r
complete -c wharf -n "__fish_wharf_using_subcommand probe" -l charset -d 'The charset of the server\'s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]' -r
complete -c wharf -n "__fish_wharf_using_subcommand probe" -l bind -d 'Make connections from this address, or from those of this interface' -r
complete -c wharf -n "__fish_wharf_using_subcommand probe" -l proxy -d 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]' -r
complete -c wharf -n "__fish_wharf_using_subcommand probe" -l ca-file -d 'Trust the authorities in this PEM file, and no others [default: those of the system]' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand probe" -l pin -d 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated' -r
complete -c wharf -n "__fish_wharf_using_subcommand probe" -l client-cert -d 'The certificate that shows the server who you are, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand probe" -l client-key -d 'The private key of that certificate, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand probe" -l write -d 'Upload a small file to the directory to see the server\'s clock by it, and remove it again'
complete -c wharf -n "__fish_wharf_using_subcommand probe" -s q -l quiet -d 'Show errors only'
complete -c wharf -n "__fish_wharf_using_subcommand probe" -s v -l verbose -d 'Show each command and reply'
complete -c wharf -n "__fish_wharf_using_subcommand probe" -l no-proxy -d 'Connect straight, whatever the environment says'
complete -c wharf -n "__fish_wharf_using_subcommand probe" -l tls-trust-first-use -d 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
complete -c wharf -n "__fish_wharf_using_subcommand probe" -l insecure -d 'Trust any certificate: anybody in the middle can read and change everything, the password too'
complete -c wharf -n "__fish_wharf_using_subcommand probe" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand probe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l delete -d 'Delete from DST what SRC does not have, before the copies or after them' -r -f -a "before\t''
after\t''"
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l max-delete -d 'Do nothing at all if more entries than this would be deleted, or more than this part of DST: 100, 10%. Without it, nothing is done where SRC is empty and DST is not; 100% says that it is meant' -r
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l exclude -d 'Leave out what the pattern matches: \'*.tmp\' at any depth, \'/cache/\' a directory in SRC, \'a/**/b\'; of several patterns, the first that matches decides' -r
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l include -d 'Take what the pattern matches, before what a later --exclude leaves out' -r
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l modify-window -d 'Times that differ by no more than this are the same: 2 for FAT' -r
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l save-plan -d 'Write what would be done to a file, for --plan' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l plan -d 'Do what a plan says, where nothing has changed since: one written by --dry-run --save-plan' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l connections -d 'How many entries are worked on at a time, each on a connection of its own' -r
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l dst-password-file -d 'The file that holds the password for DST, where SRC is on a server too' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l active-address -d 'The address that the server is told to connect to, where a translator stands before this machine' -r
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l active-ports -d 'The ports to await the server\'s connections on [default: any]' -r
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l passive -d 'Use only this form of passive data connections [default: epsv, then pasv]' -r -f -a "epsv\t''
pasv\t''"
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l limit-rate -d 'The most octets a second to move; K, M, G and T are 1024 and its powers' -r
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l password-file -d 'The file that holds the password' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l timeout -d 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]' -r
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l charset -d 'The charset of the server\'s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]' -r
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l bind -d 'Make connections from this address, or from those of this interface' -r
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l proxy -d 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]' -r
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l ca-file -d 'Trust the authorities in this PEM file, and no others [default: those of the system]' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l pin -d 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated' -r
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l client-cert -d 'The certificate that shows the server who you are, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l client-key -d 'The private key of that certificate, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand sync" -s n -l dry-run -d 'Show what would be done, and do nothing'
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l delete-excluded -d 'Delete from DST what is excluded, too'
complete -c wharf -n "__fish_wharf_using_subcommand sync" -s u -l update -l newer -d 'Leave files alone that are newer in DST'
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l existing -d 'Copy nothing that DST does not have'
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l ignore-existing -d 'Leave alone whatever DST has'
complete -c wharf -n "__fish_wharf_using_subcommand sync" -s c -l checksum -d 'Tell files apart by their digests, which the server computes, and not by their times'
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l size-only -d 'Tell files apart by their sizes alone'
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l no-times -d 'Do not set the times of copies'
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l in-place -d 'Write over files that are there, and not under another name first: faster, but half a file may be found meanwhile'
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l fxp -d 'Between two servers, have the octets go from one to the other, where both allow it; not under TLS'
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l active -d 'Have the server make the data connections'
complete -c wharf -n "__fish_wharf_using_subcommand sync" -s q -l quiet -d 'Show errors only'
complete -c wharf -n "__fish_wharf_using_subcommand sync" -s v -l verbose -d 'Show each command and reply'
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l no-proxy -d 'Connect straight, whatever the environment says'
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l tls-trust-first-use -d 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l insecure -d 'Trust any certificate: anybody in the middle can read and change everything, the password too'
complete -c wharf -n "__fish_wharf_using_subcommand sync" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand sync" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wharf -n "__fish_wharf_using_subcommand watch" -l max-delete -d 'Delete nothing at once if it would be more entries than this, or more than this part of all: 100, 10%' -r
complete -c wharf -n "__fish_wharf_using_subcommand watch" -l exclude -d 'Leave out what the pattern matches: \'*.tmp\' at any depth, \'/cache/\' a directory in SRC, \'a/**/b\'; of several patterns, the first that matches decides' -r
complete -c wharf -n "__fish_wharf_using_subcommand watch" -l include -d 'Take what the pattern matches, before what a later --exclude leaves out' -r
complete -c wharf -n "__fish_wharf_using_subcommand watch" -l quiet-for -d 'How long the folder is to be quiet before changes follow, in milliseconds' -r
complete -c wharf -n "__fish_wharf_using_subcommand watch" -l poll -d 'Look at the folder so often, where the system does not tell of changes, as with folders of other machines' -r
complete -c wharf -n "__fish_wharf_using_subcommand watch" -l connections -d 'How many entries are worked on at a time, each on a connection of its own' -r
complete -c wharf -n "__fish_wharf_using_subcommand watch" -l active-address -d 'The address that the server is told to connect to, where a translator stands before this machine' -r
complete -c wharf -n "__fish_wharf_using_subcommand watch" -l active-ports -d 'The ports to await the server\'s connections on [default: any]' -r
complete -c wharf -n "__fish_wharf_using_subcommand watch" -l passive -d 'Use only this form of passive data connections [default: epsv, then pasv]' -r -f -a "epsv\t''
pasv\t''"
complete -c wharf -n "__fish_wharf_using_subcommand watch" -l limit-rate -d 'The most octets a second to move; K, M, G and T are 1024 and its powers' -r
complete -c wharf -n "__fish_wharf_using_subcommand watch" -l password-file -d 'The file that holds the password' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand watch" -l timeout -d 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]' -r
complete -c wharf -n "__fish_wharf_using_subcommand watch" -l charset -d 'The charset of the server\'s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]' -r
complete -c wharf -n "__fish_wharf_using_subcommand watch" -l bind -d 'Make connections from this address, or from those of this interface' -r
complete -c wharf -n "__fish_wharf_using_subcommand watch" -l proxy -d 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]' -r
complete -c wharf -n "__fish_wharf_using_subcommand watch" -l ca-file -d 'Trust the authorities in this PEM file, and no others [default: those of the system]' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand watch" -l pin -d 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated' -r
complete -c wharf -n "__fish_wharf_using_subcommand watch" -l client-cert -d 'The certificate that shows the server who you are, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand watch" -l client-key -d 'The private key of that certificate, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand watch" -l delete -d 'Delete from the server what the folder does not have'
complete -c wharf -n "__fish_wharf_using_subcommand watch" -l active -d 'Have the server make the data connections'
complete -c wharf -n "__fish_wharf_using_subcommand watch" -s q -l quiet -d 'Show errors only'
complete -c wharf -n "__fish_wharf_using_subcommand watch" -s v -l verbose -d 'Show each command and reply'
complete -c wharf -n "__fish_wharf_using_subcommand watch" -l no-proxy -d 'Connect straight, whatever the environment says'
complete -c wharf -n "__fish_wharf_using_subcommand watch" -l tls-trust-first-use -d 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
complete -c wharf -n "__fish_wharf_using_subcommand watch" -l insecure -d 'Trust any certificate: anybody in the middle can read and change everything, the password too'
complete -c wharf -n "__fish_wharf_using_subcommand watch" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand watch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wharf -n "__fish_wharf_using_subcommand shell" -l active-address -d 'The address that the server is told to connect to, where a translator stands before this machine' -r
complete -c wharf -n "__fish_wharf_using_subcommand shell" -l active-ports -d 'The ports to await the server\'s connections on [default: any]' -r
complete -c wharf -n "__fish_wharf_using_subcommand shell" -l passive -d 'Use only this form of passive data connections [default: epsv, then pasv]' -r -f -a "epsv\t''
pasv\t''"
complete -c wharf -n "__fish_wharf_using_subcommand shell" -l limit-rate -d 'The most octets a second to move; K, M, G and T are 1024 and its powers' -r
complete -c wharf -n "__fish_wharf_using_subcommand shell" -l password-file -d 'The file that holds the password' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand shell" -l timeout -d 'How long each step may take: connecting, a reply, waiting for data [default: 30 to connect, 60 for the others]' -r
complete -c wharf -n "__fish_wharf_using_subcommand shell" -l charset -d 'The charset of the server\'s names, as windows-1251, gbk or sjis [default: UTF-8, or a guess where the server does not say UTF8]' -r
complete -c wharf -n "__fish_wharf_using_subcommand shell" -l bind -d 'Make connections from this address, or from those of this interface' -r
complete -c wharf -n "__fish_wharf_using_subcommand shell" -l proxy -d 'Connect through a proxy: socks5h://[USER@]HOST[:PORT], or socks5, socks4a, socks4 or http; its password is in WHARF_PROXY_PASSWORD [default: that of ftp_proxy or all_proxy, but for the hosts in no_proxy]' -r
complete -c wharf -n "__fish_wharf_using_subcommand shell" -l ca-file -d 'Trust the authorities in this PEM file, and no others [default: those of the system]' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand shell" -l pin -d 'Trust the certificate with this SHA-256 fingerprint, whoever signed it and whatever name it has; may be repeated' -r
complete -c wharf -n "__fish_wharf_using_subcommand shell" -l client-cert -d 'The certificate that shows the server who you are, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand shell" -l client-key -d 'The private key of that certificate, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand shell" -l active -d 'Have the server make the data connections'
complete -c wharf -n "__fish_wharf_using_subcommand shell" -s q -l quiet -d 'Show errors only'
complete -c wharf -n "__fish_wharf_using_subcommand shell" -s v -l verbose -d 'Show each command and reply'
complete -c wharf -n "__fish_wharf_using_subcommand shell" -l no-proxy -d 'Connect straight, whatever the environment says'
complete -c wharf -n "__fish_wharf_using_subcommand shell" -l tls-trust-first-use -d 'Trust the certificate that the server has the first time, and from then on no other. It is remembered in wharf/known-servers in $XDG_CONFIG_HOME or ~/.config'
complete -c wharf -n "__fish_wharf_using_subcommand shell" -l insecure -d 'Trust any certificate: anybody in the middle can read and change everything, the password too'
complete -c wharf -n "__fish_wharf_using_subcommand shell" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand shell" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wharf -n "__fish_wharf_using_subcommand bookmark; and not __fish_seen_subcommand_from add list rm help" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand bookmark; and not __fish_seen_subcommand_from add list rm help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wharf -n "__fish_wharf_using_subcommand bookmark; and not __fish_seen_subcommand_from add list rm help" -f -a "add" -d 'Keep a name for a URL, in place of the one it had'
complete -c wharf -n "__fish_wharf_using_subcommand bookmark; and not __fish_seen_subcommand_from add list rm help" -f -a "list" -d 'Show all names'
complete -c wharf -n "__fish_wharf_using_subcommand bookmark; and not __fish_seen_subcommand_from add list rm help" -f -a "rm" -d 'Forget a name'
complete -c wharf -n "__fish_wharf_using_subcommand bookmark; and not __fish_seen_subcommand_from add list rm help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wharf -n "__fish_wharf_using_subcommand bookmark; and __fish_seen_subcommand_from add" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand bookmark; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c wharf -n "__fish_wharf_using_subcommand bookmark; and __fish_seen_subcommand_from list" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand bookmark; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c wharf -n "__fish_wharf_using_subcommand bookmark; and __fish_seen_subcommand_from rm" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand bookmark; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c wharf -n "__fish_wharf_using_subcommand bookmark; and __fish_seen_subcommand_from help" -f -a "add" -d 'Keep a name for a URL, in place of the one it had'
complete -c wharf -n "__fish_wharf_using_subcommand bookmark; and __fish_seen_subcommand_from help" -f -a "list" -d 'Show all names'
complete -c wharf -n "__fish_wharf_using_subcommand bookmark; and __fish_seen_subcommand_from help" -f -a "rm" -d 'Forget a name'
complete -c wharf -n "__fish_wharf_using_subcommand bookmark; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wharf -n "__fish_wharf_using_subcommand password; and not __fish_seen_subcommand_from set rm help" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand password; and not __fish_seen_subcommand_from set rm help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wharf -n "__fish_wharf_using_subcommand password; and not __fish_seen_subcommand_from set rm help" -f -a "set" -d 'Keep a password, in place of the one that was there'
complete -c wharf -n "__fish_wharf_using_subcommand password; and not __fish_seen_subcommand_from set rm help" -f -a "rm" -d 'Forget a password'
complete -c wharf -n "__fish_wharf_using_subcommand password; and not __fish_seen_subcommand_from set rm help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wharf -n "__fish_wharf_using_subcommand password; and __fish_seen_subcommand_from set" -l password-file -d 'The file that holds the password; - is standard input' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand password; and __fish_seen_subcommand_from set" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand password; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help'
complete -c wharf -n "__fish_wharf_using_subcommand password; and __fish_seen_subcommand_from rm" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand password; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c wharf -n "__fish_wharf_using_subcommand password; and __fish_seen_subcommand_from help" -f -a "set" -d 'Keep a password, in place of the one that was there'
complete -c wharf -n "__fish_wharf_using_subcommand password; and __fish_seen_subcommand_from help" -f -a "rm" -d 'Forget a password'
complete -c wharf -n "__fish_wharf_using_subcommand password; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wharf -n "__fish_wharf_using_subcommand completions" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand completions" -s h -l help -d 'Print help'
complete -c wharf -n "__fish_wharf_using_subcommand man" -l into -d 'Write all pages into this directory' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand man" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand man" -s h -l help -d 'Print help'
complete -c wharf -n "__fish_wharf_using_subcommand config; and not __fish_seen_subcommand_from check example help" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand config; and not __fish_seen_subcommand_from check example help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wharf -n "__fish_wharf_using_subcommand config; and not __fish_seen_subcommand_from check example help" -f -a "check" -d 'Say what is wrong with a file, as `wharf serve` would find it: with the line, and what was probably meant'
complete -c wharf -n "__fish_wharf_using_subcommand config; and not __fish_seen_subcommand_from check example help" -f -a "example" -d 'Print a configuration with all that can be said, and a word on each'
complete -c wharf -n "__fish_wharf_using_subcommand config; and not __fish_seen_subcommand_from check example help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wharf -n "__fish_wharf_using_subcommand config; and __fish_seen_subcommand_from check" -l set -d 'A value over that of the file, such as limits.sessions=100; may be repeated' -r
complete -c wharf -n "__fish_wharf_using_subcommand config; and __fish_seen_subcommand_from check" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand config; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c wharf -n "__fish_wharf_using_subcommand config; and __fish_seen_subcommand_from example" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand config; and __fish_seen_subcommand_from example" -s h -l help -d 'Print help'
complete -c wharf -n "__fish_wharf_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "check" -d 'Say what is wrong with a file, as `wharf serve` would find it: with the line, and what was probably meant'
complete -c wharf -n "__fish_wharf_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "example" -d 'Print a configuration with all that can be said, and a word on each'
complete -c wharf -n "__fish_wharf_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wharf -n "__fish_wharf_using_subcommand user; and not __fish_seen_subcommand_from add passwd rm list help" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand user; and not __fish_seen_subcommand_from add passwd rm list help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wharf -n "__fish_wharf_using_subcommand user; and not __fish_seen_subcommand_from add passwd rm list help" -f -a "add" -d 'Add a user'
complete -c wharf -n "__fish_wharf_using_subcommand user; and not __fish_seen_subcommand_from add passwd rm list help" -f -a "passwd" -d 'Give a user another password'
complete -c wharf -n "__fish_wharf_using_subcommand user; and not __fish_seen_subcommand_from add passwd rm list help" -f -a "rm" -d 'Take a user out'
complete -c wharf -n "__fish_wharf_using_subcommand user; and not __fish_seen_subcommand_from add passwd rm list help" -f -a "list" -d 'Show the names of all users'
complete -c wharf -n "__fish_wharf_using_subcommand user; and not __fish_seen_subcommand_from add passwd rm list help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from add" -l file -d 'The file of users; with --config too, which one of those that it names' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from add" -l config -d 'The configuration that names the file of users, and has the groups' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from add" -l host -d 'A name of the virtual host whose file of users it is' -r
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from add" -l password-file -d 'The file that holds the password; - is standard input' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from add" -l root -d 'The folder that is served, unless a group says it' -r
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from add" -l group -d 'A group of the configuration whose settings the user has; may be repeated' -r
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from add" -l write -d 'Let the user change everything; what a group says or else listing and reading is permitted without'
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from add" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from passwd" -l file -d 'The file of users; with --config too, which one of those that it names' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from passwd" -l config -d 'The configuration that names the file of users, and has the groups' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from passwd" -l host -d 'A name of the virtual host whose file of users it is' -r
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from passwd" -l password-file -d 'The file that holds the password; - is standard input' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from passwd" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from passwd" -s h -l help -d 'Print help'
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from rm" -l file -d 'The file of users; with --config too, which one of those that it names' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from rm" -l config -d 'The configuration that names the file of users, and has the groups' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from rm" -l host -d 'A name of the virtual host whose file of users it is' -r
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from rm" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from list" -l file -d 'The file of users; with --config too, which one of those that it names' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from list" -l config -d 'The configuration that names the file of users, and has the groups' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from list" -l host -d 'A name of the virtual host whose file of users it is' -r
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from list" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "add" -d 'Add a user'
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "passwd" -d 'Give a user another password'
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "rm" -d 'Take a user out'
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "list" -d 'Show the names of all users'
complete -c wharf -n "__fish_wharf_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wharf -n "__fish_wharf_using_subcommand serve" -l config -d 'The file that says everything: see `wharf config example`. It is read again when it changes, and on SIGHUP' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand serve" -l set -d 'A value over that of the file, such as limits.sessions=100; may be repeated' -r
complete -c wharf -n "__fish_wharf_using_subcommand serve" -l user -d 'The name of the one user' -r
complete -c wharf -n "__fish_wharf_using_subcommand serve" -l password-file -d 'The file that holds the user\'s password, in place of one made up; - is standard input' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand serve" -l host -d 'Name or address to listen on; may be repeated [default: this machine only]' -r
complete -c wharf -n "__fish_wharf_using_subcommand serve" -l port -d 'Port to listen on; 0 is any free one' -r
complete -c wharf -n "__fish_wharf_using_subcommand serve" -l family -d 'Which addresses of a host to listen on; auto is both' -r -f -a "ipv4\t''
ipv6\t''
auto\t''"
complete -c wharf -n "__fish_wharf_using_subcommand serve" -l passive-ports -d 'Ports for passive data connections, such as 21000-21099 [default: any free one]' -r
complete -c wharf -n "__fish_wharf_using_subcommand serve" -l passive-address -d 'IPv4 address for PASV to name, where clients see another one than this machine does' -r
complete -c wharf -n "__fish_wharf_using_subcommand serve" -l idle-timeout -d 'How long a session may do nothing' -r
complete -c wharf -n "__fish_wharf_using_subcommand serve" -l login-timeout -d 'How long a login may take' -r
complete -c wharf -n "__fish_wharf_using_subcommand serve" -l shutdown-timeout -d 'How long running transfers may take to finish when the server is told to end' -r
complete -c wharf -n "__fish_wharf_using_subcommand serve" -l max-sessions -d 'How many sessions there may be at a time' -r
complete -c wharf -n "__fish_wharf_using_subcommand serve" -l log-format -d 'What a line of the log looks like [default: text, or what the file says]' -r -f -a "text\t'For who reads it'
json\t'A JSON object'"
complete -c wharf -n "__fish_wharf_using_subcommand serve" -l tls-cert -d 'Certificate chain in PEM, the server\'s own first. May be repeated, each with its --tls-key; a client gets the one for the name it asks for. Changed files are read again' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand serve" -l tls-key -d 'The private key of the certificate, in PEM' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand serve" -l tls -d 'Whether clients must use TLS [default: required with a certificate, --implicit-port or --tls-client-ca, else off]' -r -f -a "required\t'For commands and for data'
optional\t'They may'
off\t'They cannot'"
complete -c wharf -n "__fish_wharf_using_subcommand serve" -l tls-resume -d 'Whether data connections must resume the TLS session of their control connection' -r -f -a "require\t'They must'
prefer\t'They may'
off\t'They cannot'"
complete -c wharf -n "__fish_wharf_using_subcommand serve" -l implicit-port -d 'Port on which TLS begins at once, commonly 990; 0 is any free one' -r
complete -c wharf -n "__fish_wharf_using_subcommand serve" -l tls-client-ca -d 'Ask clients for a certificate that an authority in this PEM file has signed. It comes on top of the password' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand serve" -l tls-client-cert -d 'Whether clients must have such a certificate' -r -f -a "required\t'Those without do not get as far as the login'
optional\t'They may have none, but not a wrong one'"
complete -c wharf -n "__fish_wharf_using_subcommand serve" -l check -d 'Serve nothing: say what clients would be told of the server\'s addresses and ports, what a firewall must let pass, and what will not work'
complete -c wharf -n "__fish_wharf_using_subcommand serve" -l memory -d 'Serve an empty tree in memory, which ends with the program and holds 1 GiB at most. Implies --write'
complete -c wharf -n "__fish_wharf_using_subcommand serve" -l write -d 'Let clients also create, change and delete files. What unfinished uploads of a server that crashed have left is removed'
complete -c wharf -n "__fish_wharf_using_subcommand serve" -l anonymous -d 'Let anybody in, as `anonymous` or `ftp` with any password, in place of the one user'
complete -c wharf -n "__fish_wharf_using_subcommand serve" -l no-tree-streams -d 'Do not let clients move whole trees through one data connection'
complete -c wharf -n "__fish_wharf_using_subcommand serve" -s q -l quiet -d 'Log errors only'
complete -c wharf -n "__fish_wharf_using_subcommand serve" -s v -l verbose -d 'Log each command and reply'
complete -c wharf -n "__fish_wharf_using_subcommand serve" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wharf -n "__fish_wharf_using_subcommand sessions" -l socket -d 'The server\'s control socket' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand sessions" -l config -d 'The server\'s configuration, which names its control socket' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand sessions" -l lift -d 'Take this ban back, as --bans shows it: "address 192.0.2.7", "user anna" or, of a virtual host, "host ftp.example.org user anna"; the address or the name alone will do where only one ban has it' -r
complete -c wharf -n "__fish_wharf_using_subcommand sessions" -l bans -d 'Show who is banned in place of who is there'
complete -c wharf -n "__fish_wharf_using_subcommand sessions" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand sessions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wharf -n "__fish_wharf_using_subcommand kick" -l user -d 'All sessions of this user, who is of no virtual host unless --host says so' -r
complete -c wharf -n "__fish_wharf_using_subcommand kick" -l host -d 'The virtual host whose user is meant, as `wharf sessions` shows it' -r
complete -c wharf -n "__fish_wharf_using_subcommand kick" -l socket -d 'The server\'s control socket' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand kick" -l config -d 'The server\'s configuration, which names its control socket' -r -F
complete -c wharf -n "__fish_wharf_using_subcommand kick" -l json -d 'Print results as JSON Lines: an object on each line, with its version and the kind of record'
complete -c wharf -n "__fish_wharf_using_subcommand kick" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "get" -d 'Download a file, or with -r a whole tree'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "put" -d 'Upload files, or with -r whole trees'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "ls" -d 'List a directory, or show a file'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "tree" -d 'Show a directory and what is below it as a tree'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "find" -d 'Find what passes all tests below a directory'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "stat" -d 'Show what the server says of a file or directory'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "cat" -d 'Print files'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "du" -d 'Show how much is in directories, as far as the listings say'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "hash" -d 'Show the hashes of files'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "rm" -d 'Remove files, or with -r whole trees'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "mkdir" -d 'Make directories'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "mv" -d 'Rename or move a file or directory on the server'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "chmod" -d 'Change permissions, where the server has SITE CHMOD'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "touch" -d 'Set the time of files, where the server has MFMT; those that are not there are made'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "raw" -d 'Send commands as they are, and show the replies'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "bench" -d 'Measure a server and the way to it'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "probe" -d 'Show what a server is, and whether its TLS is right'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "sync" -d 'Make a tree what another is: from here to a server, from a server to here, or from server to server'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "watch" -d 'Keep a place on a server what a folder is'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "shell" -d 'Talk to a server, a command on each line'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "bookmark" -d 'Keep short names for URLs'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "password" -d 'Keep passwords in the system\'s keyring'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "completions" -d 'Print the script that lets a shell complete the arguments of wharf'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "man" -d 'Print the manual page of wharf or of one of its commands, for man(1)'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "config" -d 'Look at the configuration of a server'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "user" -d 'Look after the file of users that a server reads'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "serve" -d 'Serve a folder over FTP'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "sessions" -d 'Show who is connected to a server of this machine'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "kick" -d 'End sessions of a server of this machine, with what they transfer'
complete -c wharf -n "__fish_wharf_using_subcommand help; and not __fish_seen_subcommand_from get put ls tree find stat cat du hash rm mkdir mv chmod touch raw bench probe sync watch shell bookmark password completions man config user serve sessions kick help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wharf -n "__fish_wharf_using_subcommand help; and __fish_seen_subcommand_from bookmark" -f -a "add" -d 'Keep a name for a URL, in place of the one it had'
complete -c wharf -n "__fish_wharf_using_subcommand help; and __fish_seen_subcommand_from bookmark" -f -a "list" -d 'Show all names'
complete -c wharf -n "__fish_wharf_using_subcommand help; and __fish_seen_subcommand_from bookmark" -f -a "rm" -d 'Forget a name'
complete -c wharf -n "__fish_wharf_using_subcommand help; and __fish_seen_subcommand_from password" -f -a "set" -d 'Keep a password, in place of the one that was there'
complete -c wharf -n "__fish_wharf_using_subcommand help; and __fish_seen_subcommand_from password" -f -a "rm" -d 'Forget a password'
complete -c wharf -n "__fish_wharf_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "check" -d 'Say what is wrong with a file, as `wharf serve` would find it: with the line, and what was probably meant'
complete -c wharf -n "__fish_wharf_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "example" -d 'Print a configuration with all that can be said, and a word on each'
complete -c wharf -n "__fish_wharf_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "add" -d 'Add a user'
complete -c wharf -n "__fish_wharf_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "passwd" -d 'Give a user another password'
complete -c wharf -n "__fish_wharf_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "rm" -d 'Take a user out'
complete -c wharf -n "__fish_wharf_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "list" -d 'Show the names of all users'
