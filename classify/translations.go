package classify

// A translation gives, for words that git or the C library print in the
// user's language, the English ones that the rules know. curl and ssh print
// English always, and so does git for what it does not translate.
type translation struct {
	english string
	others  []string // fragments of the translated message, without its placeholders
}

// translations follow git's po/*.po (2.39), glibc's po and Windows' system
// messages for zh_CN, zh_TW, ja, ko, de, fr, es, pt, ru and it, as far as a
// language has the message.
var translations = []translation{
	// The C library, through curl ("Recv failure: …"), ssh and git.
	{"Connection reset by peer", []string{"连接被对方重设", "連線被對方重設", "接続が相手からリセットされました", "상대편이 연결을 끊음", "vom Kommunikationspartner zurückgesetzt",
		"Connexion ré-initialisée par le correspondant", "Conexión reinicializada por la máquina remota", "Ligação reposta pelo peer", "Conexão fechada pela outra ponta", "Соединение разорвано другой стороной", "Connessione interrotta dal corrispondente"}},
	{"Connection refused", []string{"拒绝连接", "連線被拒絕", "接続を拒否されました", "연결이 거부됨", "Verbindungsaufbau abgelehnt",
		"Connexion refusée", "Conexión rehusada", "Ligação recusada", "Conexão recusada", "В соединении отказано", "Connessione rifiutata"}},
	{"Connection timed out", []string{"连接超时", "連線超過時間", "接続がタイムアウトしました", "연결 시간 초과", "Die Wartezeit für die Verbindung ist abgelaufen",
		"Connexion terminée par expiration du délai", "Expiró el tiempo de conexión", "Ligação expirada", "Tempo esgotado para conexão", "Время ожидания соединения истекло", "Connessione scaduta"}},
	{"No route to host", []string{"没有到主机的路由", "找不到通往該主機的路由路徑", "ホストへの経路がありません", "호스트로 갈 루트가 없음", "Keine Route zum Zielrechner",
		"Aucun chemin d'accès pour atteindre l'hôte", "No existe ninguna ruta hasta el", "Sem caminho para o anfitrião", "Não há rota para o host", "Нет маршрута до узла", "Nessun instradamento per l'host"}},
	{"Network is unreachable", []string{"网络不可达", "無法接觸網路", "ネットワークに届きません", "네트워크가 접근 불가능합니다", "Das Netzwerk ist nicht erreichbar",
		"Le réseau n'est pas accessible", "La red es inaccesible", "Rede inacessível", "A rede está fora de alcance", "Сеть недоступна", "La rete non è raggiungibile"}},
	{"Broken pipe", []string{"断开的管道", "管線損壞", "파이프가 깨어짐", "Datenübergabe unterbrochen", "Relais brisé", "Tubería rota", "Túnel quebrado", "Pipe quebrado", "Обрыв канала", "Pipe interrotta"}},
	{"No space left on device", []string{"设备上没有空间", "裝置上已無多餘空間", "デバイスに空き領域がありません", "장치에 남은 공간이 없음", "ist kein Speicherplatz mehr verfügbar",
		"Aucun espace disponible sur le périphérique", "No queda espacio en el dispositivo", "Sem espaço livre no dispositivo", "Não há espaço disponível no dispositivo", "На устройстве не осталось свободного места", "Spazio esaurito sul device"}},
	{"fatal: Permission denied", []string{"权限不够", "拒絕不符權限的操作", "許可がありません", "허가 거부", "Keine Berechtigung", "Permission non accordée", "Permiso denegado", "Permissão recusada", "Permissão negada", "Отказано в доступе", "Permesso negato"}},
	{"Read-only file system", []string{"只读文件系统", "唯讀的檔案系統", "読み込み専用ファイルシステムです", "읽기전용 파일 시스템", "Das Dateisystem ist nur lesbar",
		"accessible en lecture seulement", "Sistema de ficheros de sólo lectura", "Sistema de ficheiros só de leitura", "Sistema de arquivos somente para leitura", "Файловая система доступна только для чтения", "File system in sola lettura"}},
	{"Cannot allocate memory", []string{"无法分配内存", "無法配置記憶體", "メモリを確保できません", "메모리를 할당할 수 없습니다", "Nicht genügend Hauptspeicher verfügbar",
		"Ne peut allouer de la mémoire", "No se pudo asignar memoria", "Impossível alocar memória", "Não foi possível alocar memória", "Невозможно выделить память", "Impossibile allocare memoria"}},
	{"Too many open files", []string{"打开的文件过多", "開啟太多檔案", "ファイルを開きすぎです", "열린 파일이 너무 많음", "Zu viele offene Dateien", "Trop de fichiers ouverts",
		"Demasiados ficheros abiertos", "Demasiados ficheiros abertos", "Muitos arquivos abertos", "Слишком много открытых файлов", "Troppi file aperti"}},
	{"Resource temporarily unavailable", []string{"资源暂时不可用", "資源暫時無法取得", "リソースが一時的に利用できません", "자원이 일시적으로 사용 불가능함", "Die Ressource ist zur Zeit nicht verfügbar",
		"Ressource temporairement non disponible", "Recurso no disponible temporalmente", "Recurso temporariamente indisponível", "Ресурс временно недоступен", "Risorsa temporaneamente non disponibile"}},
	{"Name or service not known", []string{"未知的名称或服务", "名稱或服務未知", "名前またはサービスが不明です", "이름 혹은 서비스를 알 수 없습니다", "Der Name oder der Dienst ist nicht bekannt",
		"Nom ou service inconnu", "Nombre o servicio desconocido", "Nome ou serviço desconhecido", "Неизвестное имя или служба", "Nome o servizio sconosciuto"}},
	{"Temporary failure in name resolution", []string{"域名解析暂时失败", "解析名稱時發生暫時性錯誤", "名前解決に一時的に失敗しました", "name resolution에서 일시적인 실패", "Temporärer Fehler bei der Namensauflösung",
		"Échec temporaire dans la résolution du nom", "Fallo temporal en la resolución del nombre", "na resolução de nome", "Временный сбой в разрешении имен", "Errore temporaneo nella risoluzione del nome"}},

	// git.
	{"Repository not found", []string{"' 未找到", "' nicht gefunden", "' non trouvé", "' no encontrado", "' inexistente", "' non trovato"}},
	{"Authentication failed", []string{"鉴权失败", "身份驗證失敗", "Authentifizierung fehlgeschlagen", "Échec d'authentification", "Autenticación falló", "Autenticação falhou", "Autenticazione non riuscita"}},
	{"detected dubious ownership in repository", []string{"检测到可疑的仓库所有权", "偵測到可疑所有權", "dubiose Besitzverhältnisse", "propriétaire douteux détecté", "posesión dudosa detectada"}},
	{"not a git repository", []string{"不是 git 仓库", "不是一个 git 仓库", "不是一個 git 版本庫", "깃 저장소가 아닙니다", "Kein Git-Repository", "n'est pas un dépôt git", "no es un repositorio git", "é repositório git nenhum", "не является репозиторием git", "non è un repository Git"}},
	{"loose object is corrupt", []string{"损坏的松散对象", "松散对象", "損壞的鬆散物件", "鬆散物件", "Loses Objekt", "Fehlerhaftes loses Objekt", "objet libre", "objeto suelto", "objeto solto", "oggetto sciolto"}},
	{"object file x is empty", []string{"对象文件 ", "物件檔案 ", "Objektdatei ", "le fichier objet ", "archivo de objeto "}},
	{"bad config line", []string{"中错误的配置行", "中錯誤的設定行", "잘못된 설정", "Ungültige Konfigurationszeile", "de config incorrecte", "mala línea de config", "linha de configuração", "riga configurazione"}},
	{"remote origin already exists", []string{"origin 已经存在", "origin 已經存在", "origin 리모트가 이미 있습니다", "Repository origin existiert bereits", "origin existe déjà", "origin ya existe", "origin já existe", "origin уже существует", "origin esiste già"}},
	{"couldn't find remote ref", []string{"无法找到远程引用", "無法找到遠端引用", "Konnte Remote-Referenz", "impossible de trouver la référence distante", "no se pudo encontrar ref remota", "incapaz encontrar ref remoto", "impossibile trovare il riferimento remoto"}},
	{"fatal: unable to look up", []string{"无法查找 ", "無法尋找 ", "Fehler bei Suche nach", "impossible de rechercher ", "no se puede revisar ", "incapaz procurar ", "impossibile risolvere "}},
	{"fatal: unable to connect to", []string{"无法连接到 ", "無法連線到 ", "Konnte nicht nach ", "impossible de se connecter à", "no es posible conectar a", "impossível conetar a", "impossibile collegarsi a"}},
	{"early EOF", []string{"过早的文件结束符", "過早的檔案結束符", "너무 빨리 파일이 끝남", "zu frühes Dateiende", "fin de fichier prématurée", "EOF temprano", "EOF prematuro", "неожиданный конец файла"}},
	{"protocol error: bad pack header", []string{"协议错误：", "協定錯誤：", "프로토콜 오류:", "Protokollfehler:", "erreur de protocole", "error de protocolo:", "erro de protocolo:", "ошибка протокола:", "errore protocollo:"}},
	{"the remote end hung up unexpectedly", []string{"远端意外挂断了", "遠端意外掛斷了", "Die Gegenseite hat unerwartet abgebrochen", "l'hôte distant a fermé la connexion", "el remoto se colgó", "o lado remoto desligou", "l'interlocutore remoto ha chiuso"}},
	{"The remote end hung up upon initial contact", []string{"최초 연결했을 때 연결을 끊었습니다", "beim ersten Kontakt", "lors de la prise de contact initiale"}},
	{"Could not read from remote repository.", []string{"无法读取远程仓库", "無法讀取遠端版本庫", "리모트 저장소에서 읽을 수 없습니다", "Konnte nicht vom Remote-Repository lesen", "Impossible de lire le dépôt distant",
		"No se pudo leer del repositorio remoto", "Incapaz de ler o repositório remoto", "Не удалось прочитать из внешнего репозитория", "Impossibile leggere dal repository remoto"}},
	{"expected flush after", []string{"应该有一个 flush 包", "應該有一個 flush 包", "Flush nach Auflistung", "vidage attendu après", "flush esperado tras", "atteso flush dopo"}},
}

// winsock are the messages of Windows for a connection, which package net
// prints after the name of the call: "connectex: …".
var winsock = []translation{
	{": did not properly respond after a period of time", []string{"由于连接方在一段时间后没有正确答复", "連線對象有一段時間並未正確回應", "一定の時間を過ぎても正しく応答しなかった", "연결된 구성원으로부터 응답이 없어", "nach einer bestimmten Zeitspanne nicht richtig reagiert",
		"pas répondu convenablement au-delà d", "no respondió adecuadamente tras un periodo de tiempo", "não respondeu corretamente após um período de tempo", "за требуемое время не получен нужный отклик", "Risposta non corretta della parte connessa"}},
	{": actively refused it", []string{"目标计算机积极拒绝", "目標電腦拒絕連線", "対象のコンピューターによって拒否された", "대상 컴퓨터에서 연결을 거부했으므로", "der Zielcomputer die Verbindung verweigerte",
		"l’ordinateur cible l’a expressément refusée", "l'ordinateur cible l'a expressément refusée", "denegó expresamente dicha conexión", "a máquina de destino as recusou ativamente", "конечный компьютер отверг запрос", "rifiuto persistente del computer di destinazione"}},
	{": forcibly closed by the remote host", []string{"远程主机强迫关闭了一个现有的连接", "遠端主機已強制關閉一個現存的連線", "リモート ホストに強制的に切断されました", "원격 호스트에 의해 강제로 끊겼습니다", "vom Remotehost geschlossen",
		"être fermée par l’hôte distant", "être fermée par l'hôte distant", "ha sido forzada por el host remoto", "foi forçado o cancelamento de uma conexão existente", "принудительно разорвал существующее подключение", "interrotto forzatamente dall'host remoto"}},
	{": socket operation was attempted to an unreachable network", []string{"无法连接的网络", "無法連線的網路", "到達できないネットワーク", "연결할 수 없는 네트워크", "nicht verfügbaren Netzwerk", "réseau impossible à atteindre", "red no accesible", "rede inacessível", "недоступной сети", "rete non raggiungibile"}},
}

// inEnglish returns the English words for what the line says in another
// language, "" if it is not known to say anything in one.
func inEnglish(l *line) string {
	table := translations
	if l.frame != inVCS {
		if l.frame&(inGo|inTool) == 0 || !containsAny(l.text, ": connectex: ", ": wsarecv: ", ": wsasend: ", "ConnectEx ") {
			return ""
		}
		table = winsock
	}
	for _, t := range table {
		if containsAny(l.text, t.others...) {
			return t.english
		}
	}
	return ""
}
